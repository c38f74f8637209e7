// The quick start: trains IGR and the Gumbel-Softmax on MNIST and writes a report. Arguments go to
// `igr study quick-start`.
import { transpile } from "./transpile.mjs";
import { ensureInstalled, runNode } from "./workspace.mjs";

ensureInstalled("experiments");
await transpile("apps/experiments");
process.exit(
  runNode("apps/experiments/bin/igr.mjs", [
    "study",
    "quick-start",
    "--out",
    "runs/quick-start",
    ...process.argv.slice(2),
  ]),
);
