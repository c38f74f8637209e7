// Measures the numbers of docs/numerics.md and writes docs/results/numerics.json and docs/results/stability.json; takes
// four to five minutes on two cores. `--only stability,vanishing` measures only these parts and keeps the others.
// `npm run docs:numerics` builds, measures, and writes the page.
import { existsSync, readFileSync } from "node:fs";
import { keep, kept } from "./kept.mjs";
import { measureStability } from "./stability.mjs";
import { measureIgrToy, measureToy } from "./toy.mjs";
import { measureVae } from "./vae.mjs";
import { measureAppendixA, measureVanishing } from "./vanishing.mjs";

const parts = {
  vanishing: measureVanishing,
  appendixA: measureAppendixA,
  toy: measureToy,
  igrToy: measureIgrToy,
  vae: measureVae,
};

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1].split(",") : undefined;
const isWanted = (name) => only === undefined || only.includes(name);

const file = kept("numerics.json");
const results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
for (const [name, part] of Object.entries(parts).filter(([name]) => isWanted(name))) {
  console.log(`measuring: ${name}`);
  results[name] = await part();
}
keep(file, results, 6);
if (isWanted("stability")) keep(kept("stability.json"), measureStability(), 12, 0);
