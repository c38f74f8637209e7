// `npm run docs:results`: builds the command, then regenerates the pages of results from docs/results; options as for
// `igr docs`.
import { ensureInstalled, mustRunNode, runNode } from "./workspace.mjs";

ensureInstalled("experiments");
mustRunNode("node_modules/typescript/bin/tsc", ["-b", "apps/experiments"]);
process.exit(runNode("apps/experiments/bin/igr.mjs", ["docs", ...process.argv.slice(2)]));
