// A worker of a queue whose runs train nothing: they write files like a run, with the number with which the queue
// granted them. Arguments: the queue, the store, a file for one line per event, and the file whose appearance stops
// this process in the middle of a run.
import { appendFileSync, existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { workQueue } from "../../dist/executor/queue/queue-worker.js";
import { isFinished } from "../../dist/run/finished.js";
import { openStore } from "../../dist/run/open-store.js";

const [queue, runs, events, stall] = process.argv.slice(2);
const store = openStore(runs);
const say = (...words) => appendFileSync(events, `${words.join(" ")}\n`);
const WRITES = 4;

async function train({ id, configuration, isMeasured }, { grant }) {
  const isDone = () => isFinished(store, id, configuration.epochs, isMeasured);
  if (await isDone()) return { status: "kept" };
  const claim = await store.claim(configuration, { grant });
  try {
    if (await isDone()) return { status: "kept" };
    for (let write = 1; write <= WRITES; write += 1) {
      await sleep(4);
      if (write === WRITES && stall && existsSync(stall)) stop(id);
      const log = { epoch: 1, train: { elbo: -1 }, grant, write };
      await claim.write("metrics.jsonl", `${JSON.stringify(log)}\n`);
    }
    await claim.write(
      "measures.json",
      JSON.stringify([{ epochs: configuration.epochs, measuredEpoch: 1, values: {}, grant }]),
    );
    say("measured", id, grant);
    return { status: "trained" };
  } catch (error) {
    say("refused", id, grant, error.message);
    throw error;
  } finally {
    await claim.release();
  }
}

function stop(id) {
  rmSync(stall);
  say("stalled", id);
  process.kill(process.pid, "SIGSTOP");
}

process.on("SIGTERM", () => process.exit(0));
say("ready", process.pid);
await workQueue({ queue, store: runs, processes: 1, train, lockDuration: 2000 });
