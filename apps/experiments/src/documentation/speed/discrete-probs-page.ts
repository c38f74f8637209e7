import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import type { Quantiles } from "./times.js";

/** What bench/discrete-probs.mjs measured. */
interface DiscreteProbsReport {
  readonly machine: Machine;
  readonly rounds: number;
  readonly loadAfter: number;
  /** Milliseconds of an eager call of `discreteProbs`. */
  readonly eager: number;
  readonly rows: readonly (Quantiles & {
    readonly name: string;
    readonly threads: number;
    /** The 90th percentile of the times. */
    readonly ninetieth: number;
  })[];
}

/** docs/results/discrete-probs.md: time of an IGR's induced probabilities. */
export function discreteProbsPage(docs: string): DocumentationFile[] {
  const file = join(docs, "results", "discrete-probs.json");
  const { machine, rounds, loadAfter, eager, rows } = JSON.parse(readFileSync(file, "utf8")) as DiscreteProbsReport;
  return new Page("results/discrete-probs.md", "figures")
    .add(
      "# Induced probabilities of [64, 30] variables with 10 categories",
      [
        "Written by `npm run docs:results` from [discrete-probs.json](discrete-probs.json), which `node bench/discrete-probs.mjs` measures: softmax++ at temperature 0.5, compiled by",
        `@igr/jit, ${rounds} rounds in which the rows alternate. One eager call of discreteProbs on the tfjs cpu backend: ${eager.toFixed(0)} ms.`,
      ].join("\n"),
      plainTable(
        ["", "threads", "minimum, ms", "median, ms", "90 %, ms"],
        rows.map(({ name, threads, minimum, median, ninetieth }) => [
          name,
          `${threads}`,
          ...[minimum, median, ninetieth].map((value) => value.toFixed(1)),
        ]),
      ),
      `${machineInWords(machine)}, onnxruntime-node, load ${loadAfter.toFixed(1)} at the end.`,
    )
    .files();
}
