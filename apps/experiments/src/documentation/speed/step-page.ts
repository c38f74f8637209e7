import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { enginesTable, type ModelTimes, modelTitles } from "./engines-table.js";
import { addCosts, type StepCosts } from "./step-costs.js";

/** What bench/step.mjs measured. */
interface StepReport {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  /** The options of its command. */
  readonly options: readonly string[];
  readonly batch: number;
  readonly rounds: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly models: Readonly<Record<string, ModelTimes>>;
  readonly costs?: readonly StepCosts[];
}

/** docs/results/step.md: a training step by every engine and peer. */
export function stepPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "step.json"), "utf8")) as StepReport;
  const { date, commit, machine, options, batch, rounds, loadBefore, loadAfter, models, costs = [] } = report;
  const command = ["npm run bench:step", ...(options.length > 0 ? ["--", ...options] : [])].join(" ");
  const page = new Page("results/step.md", "figures");
  page.add(
    "# Training step of all engines",
    `\`${command}\`, ${date.slice(0, 10)}, commit ${commit}, ${machineInWords(machine)}; batch ${batch}, Adam; ${rounds} interleaved rounds; load of the machine ` +
      `${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after. \`npm run docs:results\` writes this page from [step.json](step.json).`,
  );
  for (const [model, times] of Object.entries(models)) {
    const versions = Object.entries(times.versions).map(([name, version]) => `${name} ${version}`);
    page.add(
      `## ${modelTitles[model] ?? model}`,
      enginesTable(times.rows),
      `Versions: ${versions.join(", ")}. Last losses agree: see the JSON.`,
    );
  }
  const dense = (models.dense?.rows ?? []).flatMap((row) => ("error" in row ? [] : [row]));
  for (const each of costs) {
    const threads = `${each.threads} thread${each.threads > 1 ? "s" : ""}`;
    addCosts(page, each, threads, dense.find(({ label }) => label === `jit node, ${threads}`)?.median);
  }
  return page.files();
}
