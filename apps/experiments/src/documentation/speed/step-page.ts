import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { markdownTable } from "../../view/table.js";
import { type DocumentationFile, Page } from "../page.js";
import { addCosts, type StepCosts } from "./step-costs.js";
import { milliseconds, type Quantiles } from "./times.js";

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

interface ModelTimes {
  readonly rows: readonly (EngineTimes | { readonly label: string; readonly error: string })[];
  readonly versions: Readonly<Record<string, string>>;
}

interface EngineTimes extends Quantiles {
  readonly label: string;
  readonly quartile: number;
  readonly upperQuartile: number;
  readonly firstStep: number;
}

const names: Readonly<Record<string, string>> = {
  dense: "Dense VAE (784-512-256-540 / 300-256-512-784, 30 variables of 10 categories, softmax++)",
  conv: "JointVAE, convolutional architecture 1 (32x32x1, 10 continuous and one 10-way discrete latent)",
};

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
      `## ${names[model] ?? model}`,
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

function enginesTable(rows: ModelTimes["rows"]): string {
  const timed = rows.flatMap((row) => ("error" in row ? [] : [row]));
  const reference =
    timed.find(({ label }) => label === "jit node, 2 threads") ??
    timed.find(({ label }) => label.startsWith("jit node"));
  const columns = ["median ms", "minimum", "quartiles", `to ${reference?.label ?? "jit node"}`, "first step"];
  const cells = rows.map((row) => {
    if ("error" in row) return [row.label, "", "", "", "", row.error.slice(0, 90)];
    const ratio = reference ? `${(row.median / reference.median).toFixed(2)}x` : "";
    const quartiles = `${milliseconds(row.quartile)} - ${milliseconds(row.upperQuartile)}`;
    const [median, minimum, first] = [row.median, row.minimum, row.firstStep].map(milliseconds) as [
      string,
      string,
      string,
    ];
    return [row.label, median, minimum, quartiles, ratio, first];
  });
  return markdownTable([{ title: "engine", align: "left" }, ...columns.map((title) => ({ title }))], cells);
}
