import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import type { Quantiles } from "./times.js";

/** What bench/models.mjs measured. */
interface ModelsReport {
  readonly date: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly batch: number;
  readonly rounds: number;
  readonly steps: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly rows: readonly (Quantiles & {
    readonly title: string;
    readonly parameters: number;
    readonly cpuPerStep: number;
    readonly compiled: number;
    readonly residentMiB: number;
    readonly peakMiB: number;
  })[];
}

/** docs/results/models-step.md: time and memory of a training step of each model. */
export function modelsStepPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "models-step.json"), "utf8")) as ModelsReport;
  const { date, machine, threads, batch, rounds, steps, loadBefore, loadAfter, rows } = report;
  const head = [
    "model",
    "parameters",
    "minimum ms",
    "median ms",
    "processor ms",
    "first 3 calls, s",
    "resident MiB",
    "peak MiB",
  ];
  return new Page("results/models-step.md", "figures")
    .add(
      "# Training step of each model",
      `\`npm run bench:models\`, ${date.slice(0, 10)}, ${machineInWords(machine)}; batch ${batch}, Adam, compiled, ${threads} threads; ${rounds} rounds of ${steps} steps, each in a separate process; ` +
        `load of the machine ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after. \`npm run docs:results\` writes this page from [models-step.json](models-step.json).`,
      plainTable(
        head,
        rows.map(({ title, parameters, minimum, median, cpuPerStep, compiled, residentMiB, peakMiB }) => [
          title,
          parameters.toLocaleString("en-US"),
          ...[minimum, median, cpuPerStep, compiled / 1000].map((value) => value.toFixed(1)),
          ...[residentMiB, peakMiB].map((value) => value.toFixed(0)),
        ]),
      ),
      [
        "Processor time is the sum over all threads, minimum over rounds. Memory is that of the process after the steps, and its maximum (while it",
        "compiles), minus the memory of Node, tfjs and ONNX Runtime before the model is created; minimum over rounds. The first three calls trace, create the",
        "optimizer's slots and compile. A step leaks no tensors.",
      ].join("\n"),
    )
    .files();
}
