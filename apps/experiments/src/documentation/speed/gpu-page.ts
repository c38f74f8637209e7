import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "../../view/table.js";
import { type DocumentationFile, Page } from "../page.js";
import { enginesTable, type ModelTimes, modelTitles } from "./engines-table.js";

/** Numbers by row and column; null where nothing was measured. */
interface Numbers {
  readonly columns: readonly string[];
  readonly rows: Readonly<Record<string, readonly (number | null)[]>>;
}

/** docs/results/gpu.json: the reports of bench/step.mjs on a machine with a GPU, and what bench/provider.mjs printed there. */
interface GpuReport {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly runs: Readonly<
    Record<string, { readonly batch: number; readonly models: Readonly<Record<string, ModelTimes>> }>
  >;
  /** Differences from onnxruntime's CPU kernels, relative. */
  readonly differences: Numbers;
  /** Milliseconds of a call that travels to the GPU and back. */
  readonly calls: Numbers;
}

/** docs/results/gpu.md: training steps on a GPU, and whether their numbers are right. */
export function gpuPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "gpu.json"), "utf8")) as GpuReport;
  const page = new Page("results/gpu.md", "figures");
  page.add(
    "# Training step on a GPU, side by side",
    [
      `${report.machine}; ${report.date}, 15 minutes in all. For each model and batch size \`${report.command}\`, seven rounds in turns.`,
      "All products in float32: without TensorFloat-32, for the peers too, whose batches and weights lie on the GPU from the start. First steps were taken all at once, so they say little; a row of",
      "three steps is one of a step longer than a turn. `npm run docs:results` writes this page from [gpu.json](gpu.json).",
    ].join("\n"),
  );
  for (const [model, title] of Object.entries(modelTitles)) {
    page.add(`## ${title}`);
    for (const { batch, models } of Object.values(report.runs)) {
      const times = models[model];
      if (times !== undefined) page.add(`Batch ${batch}:`, enginesTable(times.rows));
    }
  }
  page.add(
    "## Whether the numbers are right",
    "`node bench/provider.mjs`, to onnxruntime's CPU kernels; gradients relative to the largest of each tensor, losses to themselves.",
    numbersTable(report.differences, (value) => value.toExponential(1)),
    ...correctness,
    "## What a call costs",
    "x + 1, which travels to the GPU and back; the least of 50 calls, in ms.",
    numbersTable(report.calls, (value) => value.toFixed(2)),
    ...limits,
  );
  return page.files();
}

function numbersTable({ columns, rows }: Numbers, format: (value: number) => string): string {
  const head = [{ title: "", align: "left" as const }, ...columns.map((title) => ({ title }))];
  const cells = Object.entries(rows).map(([name, values]) => [
    name,
    ...values.map((value) => (value === null ? "" : format(value))),
  ]);
  return markdownTable(head, cells);
}

/** What the tests on that machine said. */
const correctness = [
  [
    "Dense problem with batch 64, convolutional one with 16; the column of TensorFloat-32 with 16 for both. Weights after 100 steps differ by 1e-4 to 2e-4 (dense) and by",
    "1 % to 4 % (convolutional) of the largest, as Adam divides small gradients by their own size; the losses do not show it.",
  ].join("\n"),
  [
    "Tests of @igr/jit on `cuda`: 134 operations with their gradients, 100 steps of two models, all optimizers, `stepsPerCall`, random programs, state and disposal all",
    "passed once products were in float32, but for one that expects an index outside a tensor to be an error. On `webgpu` those that there was time for passed: 77 of the operations and (once it",
    "was left to the CPU) the gradient of max pooling, two trainings, six of 22 optimizers, state between calls, `stepsPerCall`, random programs. [../jit.md](../jit.md) says which kernels differ.",
  ].join("\n"),
  [
    "Memory on `cuda`: 2,000 dense steps, resident 884 MiB before and after; 1,000 steps alone on the card, 703 MiB of it before and after. On `webgpu` the 2,000",
    "steps did not fit into the time; on SwiftShader resident memory stays flat over 16,000 calls.",
  ].join("\n"),
];

/** What an earlier version took, and what could not run on that machine. */
const limits = [
  [
    "The step of a first version, which also read each gradient from WebGPU by itself, beside two threads in the same run: dense 38.0 and 6.97 ms (5.5x; now 4.4x), convolutional",
    "48.8 and 30.5 ms (1.6x; now 1.2x).",
  ].join("\n"),
  "## What did not run",
  [
    "- `cuda` with the library that onnxruntime-node's install script downloads, for CUDA 12: PyPI's for CUDA 13 ran instead.",
    "- tfjs-node's GPU build: 6 GB of TensorFlow and CUDA 12, and no network there.",
    "- onnxruntime-web and tfjs' WebGL and WebGPU backends: no browser there.",
  ].join("\n"),
];
