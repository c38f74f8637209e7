import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunEvent, RunOutcome } from "../run/events.js";
import type { FromRunProcess, RunOrder, RunSettings, ToRunProcess } from "./messages.js";
import { SignsOfLife } from "./signs-of-life.js";

/** How a run's process ended. `killed`: from outside, or because it hung, before it sent a result. */
export type ProcessEnd =
  | { readonly status: RunOutcome | "stopped" }
  | { readonly status: "failed"; readonly message: string; readonly isInput?: boolean }
  | { readonly status: "killed"; readonly how: string };

export interface RunInProcessOptions {
  readonly onEvent: (event: RunEvent) => void;
  readonly onNotice: (sentence: string) => void;
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Terminates the process, because another process has the run. */
  readonly kill?: AbortSignal | undefined;
  /** The program of the process, for tests. */
  readonly program?: string | undefined;
  /** Time between two reports of its processor time, in milliseconds, for tests. */
  readonly reportInterval?: number | undefined;
}

const defaultProgram = fileURLToPath(new URL("./run-process.js", import.meta.url));

/**
 * Trains a run in a separate process, so that its memory is freed at its end, and a crash does not affect other runs.
 */
export function runInProcess(
  order: RunOrder,
  settings: RunSettings,
  { onEvent, onNotice, signal, kill, program = defaultProgram, reportInterval }: RunInProcessOptions,
): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let end: ProcessEnd | undefined;
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors = `${errors}${chunk}`.slice(-4000);
    });
    const send = (message: ToRunProcess) => {
      // A process that has just ended cannot receive messages; its exit event follows.
      if (child.connected) child.send(message, () => {});
    };
    const stop = () => send({ kind: "stop" });
    const endNow = () => child.kill("SIGKILL");
    let hangs = false;
    const signs = new SignsOfLife({
      onHang: () => {
        hangs = true;
        endNow();
      },
      interval: reportInterval,
    });
    child.on("message", (message: FromRunProcess) => {
      if (message.kind === "alive") return signs.worked(message.seconds);
      signs.event();
      if (message.kind === "event") onEvent(message.event);
      else if (message.kind === "notice") onNotice(message.sentence);
      else if (message.kind === "end") end = { status: message.status };
      else end = { status: "failed", message: message.message, isInput: message.isInput };
    });
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", stop);
      kill?.removeEventListener("abort", endNow);
      signs.stop();
      if (hangs && end === undefined) return resolve({ status: "killed", how: "gave no sign of life for ten minutes" });
      const how = killedBy
        ? `was ended by ${killedBy}`
        : `ended with the code ${code}${errors && `: ${lastLine(errors)}`}`;
      // Without a message: it was killed, or ran out of memory.
      resolve(end ?? (killedBy || code !== 0 ? { status: "killed", how } : { status: "failed", message: how }));
    });
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    if (kill?.aborted) endNow();
    kill?.addEventListener("abort", endNow);
    send({ kind: "start", order, settings });
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
