import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import type { Quantiles } from "./times.js";

type Seconds = Quantiles & { readonly steps: number };

/** What bench/start.mjs measured. */
interface StartReport {
  readonly date: string;
  readonly machine: Machine;
  readonly packageManager: string;
  /** Cores that other programs kept busy. */
  readonly busyBefore: number;
  readonly busyAfter: number;
  readonly rows: readonly {
    readonly commit: string;
    /** Seconds since `npm start`. */
    readonly installed: Seconds;
    readonly running: Seconds;
    readonly firstEpoch: Seconds;
  }[];
}

/** docs/results/start.md: how long `npm start` takes to its first epoch. */
export function startPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "start.json"), "utf8")) as StartReport;
  const { date, machine, packageManager, busyBefore, busyAfter, rows } = report;
  const text = ({ minimum, median }: Seconds) => `${median.toFixed(1)} (${minimum.toFixed(1)})`;
  return new Page("results/start.md", "figures")
    .add(
      "# From a clone to the first epoch",
      `\`node bench/start.mjs\`, ${date}, ${machineInWords(machine)}; \`npm start\` in a new clone, ${packageManager} with a warm cache; other programs kept ${busyBefore.toFixed(1)} cores busy ` +
        `before and ${busyAfter.toFixed(1)} after. \`npm run docs:results\` writes this page from [start.json](start.json).`,
      plainTable(
        ["commit", "installed, s", "the command runs, s", "first epoch of a run, s"],
        rows.map(({ commit, installed, running, firstEpoch }) => [
          commit,
          ...[installed, running, firstEpoch].map(text),
        ]),
      ),
      `Medians of ${rows[0]!.installed.steps} clones, with minima in brackets. Since 80a18a1 \`npm start\` makes the JavaScript of the packages with esbuild; before, tsc also checked their types, which \`npm test\` does. ` +
        "Two models train side by side, on one core each; an epoch has 859 steps.",
    )
    .files();
}
