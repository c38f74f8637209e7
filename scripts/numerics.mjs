// `npm run docs:numerics`: builds, measures the numbers of docs/numerics.md, and writes the page; options as for
// apps/experiments/scripts/numerics/measure.mjs. `npm run docs:estimators`: the same for docs/results/estimators.md.
// `npm run docs:results` writes both pages from the stored numbers.
import { ensureInstalled, mustRunNode, runNode } from "./workspace.mjs";

const [page, ...options] = process.argv.slice(2);
const programs = { numerics: "measure", estimators: "estimators" };
ensureInstalled("all");
mustRunNode("node_modules/typescript/bin/tsc", ["-b", "apps/experiments"]);
mustRunNode(`apps/experiments/scripts/numerics/${programs[page]}.mjs`, options);
process.exit(runNode("apps/experiments/bin/igr.mjs", ["docs", page]));
