// `npm run docs:numerics`: builds the packages, then measures and writes docs/numerics.md; options as in bench/numerics/page.mjs.
// `npm run docs:estimators`: the same for docs/results/estimators.md and bench/numerics/estimators.mjs.
import { ensureInstalled, mustRunNode } from "./workspace.mjs";

ensureInstalled("all");
for (const name of ["datasets", "models"]) mustRunNode("node_modules/typescript/bin/tsc", ["-b", `packages/${name}`]);
const [page, ...options] = process.argv.slice(2);
const isEstimators = page === "estimators";
mustRunNode(
  `bench/numerics/${isEstimators ? "estimators" : "page"}.mjs`,
  isEstimators ? options : process.argv.slice(2),
);
