// `npm run docs:numerics`: builds the packages, then measures and writes docs/numerics.md; options as in bench/numerics/page.mjs.
import { ensureInstalled, mustRunNode } from "./workspace.mjs";

ensureInstalled("all");
for (const name of ["datasets", "models"]) mustRunNode("node_modules/typescript/bin/tsc", ["-b", `packages/${name}`]);
mustRunNode("bench/numerics/page.mjs", process.argv.slice(2));
