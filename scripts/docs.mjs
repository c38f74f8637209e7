// `npm run docs:results`: builds the command, then regenerates the pages of results from docs/results; options as for
// `igr docs`.
import { transpile } from "./transpile.mjs";
import { ensureInstalled, runNode } from "./workspace.mjs";

ensureInstalled("experiments");
await transpile("apps/experiments");
process.exit(runNode("apps/experiments/bin/igr.mjs", ["docs", ...process.argv.slice(2)]));
