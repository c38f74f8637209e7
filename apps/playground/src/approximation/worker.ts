import "../tensorflow.js";
import * as tf from "@tensorflow/tfjs-core";
import { fitSteps, type Problem, type Progress } from "./steps.js";

/** What the page asks for. A new problem ends the one before it. */
export interface Request {
  readonly id: number;
  readonly problem: Problem;
  readonly steps: number;
}

/** What the worker answers. */
export interface Answer {
  readonly id: number;
  readonly progress?: Progress;
  readonly error?: string;
}

let latest = 0;

addEventListener("message", async ({ data: { id, problem, steps } }: MessageEvent<Request>) => {
  latest = id;
  try {
    await tf.setBackend("cpu");
    for (const progress of fitSteps(problem, steps, 10)) {
      postMessage({ id, progress } satisfies Answer);
      await new Promise((resolve) => setTimeout(resolve));
      if (latest !== id) return;
    }
  } catch (error) {
    postMessage({ id, error: String(error) } satisfies Answer);
  }
});
