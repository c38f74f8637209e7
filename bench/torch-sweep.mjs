/**
 * PyTorch on the dense step of bench/peers, by how the cores are divided among processes: images per second of the whole machine, beside
 * `igr bench scaling`. The processes of a split train at the same time, after 20 steps each that warm up and compile.
 *
 *   node bench/torch-sweep.mjs --python python3 [--splits 1x2,2x1] [--steps 1000] [--model dense] [--json]
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PeerProcess } from "./peer-process.mjs";

const { values: args } = parseArgs({
  options: {
    python: { type: "string", default: process.env.IGR_PYTHON ?? "python3" },
    splits: { type: "string", default: "" },
    steps: { type: "string", default: "1000" },
    batch: { type: "string", default: "64" },
    model: { type: "string", default: "dense" },
    json: { type: "boolean", default: false },
  },
});
const [steps, batch] = [args.steps, args.batch].map(Number);
const cores = availableParallelism();
const splits = args.splits
  ? args.splits.split(",").map((split) => split.split("x").map(Number))
  : Array.from({ length: cores }, (_, k) => k + 1)
      .filter((count) => cores % count === 0)
      .map((count) => [count, cores / count]);

const program = fileURLToPath(new URL("./peers/torch_peer.py", import.meta.url));

/** Images per second of each variant. */
async function ratesOf([processes, threads]) {
  const options = ["--model", args.model, "--batch", `${batch}`, "--threads", `${threads}`];
  const peers = Array.from({ length: processes }, () => new PeerProcess(args.python, [program, ...options]));
  try {
    const [{ variants }] = await Promise.all(peers.map((peer) => peer.ready()));
    const rates = {};
    for (const variant of variants) {
      const train = (count) => Promise.all(peers.map((peer) => peer.run(variant, count)));
      const warm = await train(20);
      const answers = warm.some(({ error }) => error) ? warm : await train(steps);
      const failed = answers.find(({ error }) => error);
      // The rate of each process over its own time: they start together and do the same work.
      rates[variant] = failed ?? answers.reduce((sum, { total }) => sum + (1000 * steps * batch) / total, 0);
    }
    return rates;
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

const rows = [];
for (const split of splits) {
  const [processes, threads] = split;
  for (const [variant, rate] of Object.entries(await ratesOf(split))) {
    rows.push({ variant, processes, threads, ...(typeof rate === "number" ? { imagesPerSecond: rate } : rate) });
  }
}
if (args.json) console.log(JSON.stringify({ cores, steps, batch, model: args.model, rows }, null, 2));
else console.table(rows);
