import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { renderReport, verdict } from "../report/report.js";
import { type RunConfiguration, runTitle } from "../run/configuration.js";
import type { RunRecord } from "../run/record.js";
import { defaultRunName, RunDirectory } from "../run/run-directory.js";
import { train } from "../run/train.js";
import { formatTable } from "../terminal/format.js";
import { terminalObserver } from "./observer.js";
import { checkConfiguration, configurationOf, type SharedOptions, withSharedOptions } from "./options.js";

const compared: readonly RunConfiguration["relaxation"][] = ["igr", "gs"];

/** `igr compare`: IGR and the Gumbel-Softmax on the same data, seed and networks, and one report of both. */
export function compareCommand(signal: AbortSignal): Command {
  const command = new Command("compare").description(
    "train IGR(0.50) and GS(0.67) one after the other and compare their ELBOs",
  );
  return withSharedOptions(command, 3).action(async (options: SharedOptions) => {
    const name = defaultRunName([options.dataset, "compare", "seed", options.seed]);
    const directory = new RunDirectory(options.out ?? join("runs", name));
    const runs: RunRecord[] = [];
    for (const relaxation of compared) {
      const configuration = configurationOf(options, relaxation);
      checkConfiguration(configuration);
      const observer = terminalObserver(configuration, options.quiet ?? false);
      try {
        const out = directory.file(`${relaxation}-${configuration.temperature}`);
        runs.push((await train(configuration, out, observer, signal)).record);
      } finally {
        observer.end();
      }
    }
    const title = `${runs.map((run) => run.title).join(" and ")} on ${options.dataset}`;
    directory.writeJson("config.json", {
      runs: runs.map(({ configuration }) => `${configuration.relaxation}-${configuration.temperature}`),
    });
    directory.write("report.html", renderReport(title, runs));
    process.stdout.write(`\n${summary(runs)}\n\n${verdict(runs) ?? ""}\n`);
    process.stdout.write(`Report: ${pathToFileURL(directory.file("report.html")).href}\n`);
  });
}

function summary(runs: readonly RunRecord[]): string {
  const head = ["", ...runs.map(({ configuration }) => runTitle(configuration))];
  const row = (label: string, value: (run: RunRecord) => string) => [label, ...runs.map(value)];
  const last = (run: RunRecord) => run.epochs.at(-1);
  const fixed = (value: number | undefined) => value?.toFixed(2) ?? "none";
  return formatTable([
    head,
    row("test ELBO (nats per image)", (run) => fixed(last(run)?.validation?.elbo)),
    row("  standard error", (run) => fixed(last(run)?.validation?.standardError)),
    row("  reconstruction", (run) => fixed(last(run)?.validation?.reconstruction)),
    row("  KL", (run) => fixed(last(run)?.validation?.kl)),
    row("train ELBO", (run) => fixed(last(run)?.train.elbo)),
    row("gradients that are 0 (%)", (run) => fixed(100 * (last(run)?.vanishedGradients?.zero ?? Number.NaN))),
    row("  at most 1e-10 (%)", (run) => fixed(100 * (last(run)?.vanishedGradients?.tiny ?? Number.NaN))),
  ]);
}
