import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import { milliseconds, type Quantiles } from "./times.js";

/** What bench/web-step.mjs measured. */
interface WebStepReport {
  readonly date: string;
  readonly machine: Machine;
  readonly browser: string;
  readonly adapter: { readonly vendor: string; readonly architecture: string; readonly device: string };
  readonly model: string;
  readonly batch: number;
  readonly rounds: number;
  readonly steps: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Cores that other programs kept busy. */
  readonly busyBefore: number;
  readonly busyAfter: number;
  /** The first row is @igr/jit. */
  readonly rows: readonly (Quantiles & {
    readonly label: string;
    readonly quartile: number;
    readonly upperQuartile: number;
    readonly firstStep: number;
    /** Of the first and the last step. */
    readonly losses: readonly [number, number];
  })[];
}

/** docs/results/web-step.md: a training step on WebGPU in a browser. */
export function webStepPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "web-step.json"), "utf8")) as WebStepReport;
  const { date, machine, browser, adapter, model, batch, rounds, steps, versions, busyBefore, busyAfter, rows } =
    report;
  const { vendor, architecture, device } = adapter;
  const isSoftware = architecture === "swiftshader";
  const best = Math.min(...rows.slice(1).map(({ median }) => median));
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return new Page("results/web-step.md", "figures")
    .add(
      "# Training step on WebGPU in a browser",
      `\`npm run bench:web-step\`, ${date.slice(0, 10)}, ${machineInWords(machine)}; ${browser}, WebGPU on ${[vendor, architecture, device].filter(Boolean).join(" ")}` +
        `${isSoftware ? ", a device in software: the processor does all of its work" : ""}; the ${model} model of [step.md](step.md), batch ${batch}, Adam; all engines in one page, in ${rounds} turns of ` +
        `${steps} steps each; other programs kept ${busyBefore.toFixed(1)} cores busy before and ${busyAfter.toFixed(1)} after. ${names.join(", ")}. \`npm run docs:results\` writes this page from [web-step.json](web-step.json).`,
      plainTable(
        ["engine", "lower quartile, ms", "median, ms", "upper quartile, ms", "to @igr/jit", "first step, s"],
        rows.map(({ label, quartile, median, upperQuartile, firstStep }) => [
          label,
          ...[quartile, median, upperQuartile].map(milliseconds),
          (median / rows[0]!.median).toFixed(2),
          (firstStep / 1000).toFixed(1),
        ]),
      ),
      `The median of @igr/jit is ${(rows[0]!.median / best).toFixed(2)} of the better other one. ` +
        `${Math.max(busyBefore, busyAfter) > machine.cores / 4 ? "The machine did other work at the same time, so that only large differences count. " : ""}` +
        `The losses of all engines agree at every step to 0.1 %: ${rows[0]!.losses[0].toFixed(2)} at the first, ${rows[0]!.losses[1].toFixed(2)} at the last. With @igr/jit the variables ` +
        "and Adam's state stay on the GPU, as with the others ([jit.md](../jit.md#onnxruntime-web)).",
    )
    .files();
}
