import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DocumentationFile, Page } from "../page.js";
import { estimatorsSection } from "./estimators.js";
import type { NumericsResults, StabilityResults } from "./results.js";
import { stabilityPage, stabilitySection } from "./stability.js";
import { addVanishing } from "./vanishing.js";

/** docs/numerics.md and docs/results/stability.md: densities in float32, vanishing gradients, estimators. */
export function numericsPage(docs: string): DocumentationFile[] {
  const results = readResults<NumericsResults>(docs, "numerics.json");
  const stability = readResults<StabilityResults>(docs, "stability.json");
  const page = new Page("numerics.md", "results");
  page.add(
    "# Numerics",
    [
      "Written by `npm run docs:results` from [results/numerics.json](results/numerics.json) and [results/stability.json](results/stability.json), which",
      "`npm run docs:numerics` measures.",
    ].join("\n"),
    stabilitySection(stability),
  );
  addVanishing(page, results);
  page.add(estimatorsSection(results));
  return [...page.files(), { path: "results/stability.md", content: `${stabilityPage(stability)}\n` }];
}

function readResults<T>(docs: string, name: string): T {
  return JSON.parse(readFileSync(join(docs, "results", name), "utf8")) as T;
}
