import { fileURLToPath } from "node:url";
import { NativeError } from "../native-error.js";
import { lastLines, runProgram } from "../run-program.js";
import type { TfjsNodePackage } from "../tfjs-node-package.js";

/** The result of an add-on in a separate process. */
export interface CheckResult {
  /** As the loaded library reports. */
  readonly tensorflow: string;
  readonly isGpu: boolean;
  /** TensorFlow's log about GPUs and CUDA. On a machine without a GPU most of it does not matter. */
  readonly gpuLog: readonly string[];
}

/** The last line of the check's output: its result, or the message of its failure. */
export type CheckAnswer =
  | { readonly tensorflow: string; readonly isGpu: boolean }
  | {
      /** Why it failed. */
      readonly failure: string;
    };

/**
 * Loads an add-on in a new process (`node` by default this very Node), multiplies two small matrices and takes a gradient through them.
 * @throws NativeError `check-failed` with the last message.
 */
export async function checkAddon(
  tfjsNode: TfjsNodePackage,
  addon: string,
  { node = process.execPath, signal }: { readonly node?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<CheckResult> {
  const program = fileURLToPath(new URL("./check-program.js", import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "0" };
  const { code, stdout, stderr } = await runProgram(node, [program, JSON.stringify({ tfjsNode, addon })], {
    env,
    signal,
  });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  const answer = last.startsWith("{") ? (JSON.parse(last) as CheckAnswer) : { failure: lastWords(stderr) };
  if (code === 0 && !("failure" in answer)) {
    const gpuLog = stderr.split("\n").filter((line) => /cuda|gpu|cudnn|dlopen|nvidia/i.test(line));
    return { ...answer, gpuLog };
  }
  const words = "failure" in answer ? answer.failure : lastWords(stderr);
  throw new NativeError(
    "check-failed",
    `setup: the add-on ${addon} doesn't compute${code === null ? " (it was killed)" : ""}: ${words}`,
  );
}

/** The last message of a process that died without a result, without TensorFlow's log. */
function lastWords(stderr: string): string {
  const words = lastLines(stderr, 40)
    .split("\n")
    .filter((line) => !/^(at |[IW]\d{4} |WARNING: All log|To enable the following|Node\.js v)/.test(line));
  return words.slice(-2).join(" ") || "it said nothing";
}
