import "../tensorflow.js";
import * as tf from "@tensorflow/tfjs-core";
import { fitSteps, type Problem, type Progress } from "./steps.js";

/** Requests of the page. A new problem ends the previous one. */
export interface Request {
  readonly id: number;
  readonly problem: Problem;
  readonly steps: number;
}

/** Answers of the worker. */
export interface Answer {
  readonly id: number;
  readonly progress?: Progress;
  readonly error?: string;
}

let running = new AbortController();

addEventListener("message", async ({ data: { id, problem, steps } }: MessageEvent<Request>) => {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const report = (progress: Progress) => postMessage({ id, progress } satisfies Answer);
  try {
    await tf.setBackend("cpu");
    await fitSteps(problem, { steps, every: 10, report, signal });
  } catch (error) {
    if (!signal.aborted) postMessage({ id, error: String(error) } satisfies Answer);
  }
});
