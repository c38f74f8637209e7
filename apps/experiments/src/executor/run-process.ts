// The process of one run: the local pool (or a worker of a queue) starts it and sends it the run; it ends with the run.

import { InputError } from "../input-error.js";
import { StoppedError, throttled } from "../run/events.js";
import { openStore } from "../run/open-store.js";
import { trainRun } from "../run/train-run.js";
import { createTracker } from "../tracking/create-tracker.js";
import { TrackerGroup } from "../tracking/tracker-group.js";
import type { FromRunProcess, ToRunProcess } from "./messages.js";
import { REPORT_INTERVAL } from "./signs-of-life.js";

const abort = new AbortController();
const stop = () => abort.abort(new StoppedError("stopped"));
// Ctrl-C reaches every process of the terminal's group; the parent decides when to stop.
process.on("SIGINT", () => {});
process.on("SIGTERM", stop);
// Without the parent nobody reads the results; the checkpoints are kept for the next run.
process.on("disconnect", stop);

const tell = (message: FromRunProcess) => {
  if (process.connected) process.send?.(message);
};

/** Shortest time between two reports of steps to the parent process, in milliseconds. */
const STEP_INTERVAL = 200;
const onEvent = throttled(STEP_INTERVAL, (event) => tell({ kind: "event", event }));

setInterval(() => {
  const { user, system } = process.cpuUsage();
  tell({ kind: "alive", seconds: (user + system) / 1e6 });
}, REPORT_INTERVAL).unref();

async function start({ order, settings }: Extract<ToRunProcess, { kind: "start" }>): Promise<void> {
  const { engine, threads, store, trackers } = settings;
  const { configuration, isMeasured, grant } = order;
  try {
    const tracking = new TrackerGroup(
      trackers.map((address) => createTracker(address)),
      { onNotice: (sentence) => tell({ kind: "notice", sentence }) },
    );
    const status = await trainRun(openStore(store), configuration, {
      engine,
      threads,
      isMeasured,
      grant,
      tracking,
      onEvent,
      signal: abort.signal,
    });
    tell({ kind: "end", status });
  } catch (error) {
    if (error instanceof StoppedError) tell({ kind: "end", status: "stopped" });
    else {
      const message = error instanceof Error ? (process.env.IGR_DEBUG ? error.stack : error.message) : String(error);
      tell({ kind: "failed", message: message ?? "", isInput: error instanceof InputError });
    }
  }
  process.off("disconnect", stop);
  if (process.connected) process.disconnect();
}

process.on("message", (message: ToRunProcess) => {
  if (message.kind === "stop") stop();
  else void start(message);
});
