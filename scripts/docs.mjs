// `npm run docs:results`: builds the command, then writes the pages of results anew from what docs/results keeps; options as `igr docs`.
import { ensureInstalled, mustRunNode, runNode } from "./workspace.mjs";

ensureInstalled("experiments");
mustRunNode("node_modules/typescript/bin/tsc", ["-b", "apps/experiments"]);
process.exit(runNode("apps/experiments/bin/igr.mjs", ["docs", ...process.argv.slice(2)]));
