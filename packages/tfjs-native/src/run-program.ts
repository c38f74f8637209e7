import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the program and its child processes. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of its standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  /** Exit code; null after a signal, or if the program could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the program could not be started. */
  readonly isMissing: boolean;
}

/**
 * Runs a program without a shell and waits for its end.
 * @throws the signal's reason after the program has ended, if `signal` is aborted.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = process.env, signal, onLine }: RunOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // A separate process group: venv starts pip and c++ starts its passes, and a signal to the parent alone would leave them running.
    const detached = process.platform !== "win32";
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached });
    let stdout = "";
    let stderr = "";
    let line = "";
    let startError: NodeJS.ErrnoException | undefined;
    const stop = () => {
      if (!detached || child.pid === undefined) child.kill("SIGTERM");
      else endGroup(child.pid);
    };
    signal?.addEventListener("abort", stop, { once: true });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const lines = (line + text).split("\n");
      line = lines.pop() as string;
      for (const each of lines) onLine?.(each);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      startError = error;
    });
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, stdout, stderr: startError ? startError.message : stderr, isMissing: !!startError });
    });
  });
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGTERM");
  } catch {
    // the program has ended meanwhile
  }
}

/** The last lines that are not empty, for an error message. */
export function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-count)
    .join("\n");
}
