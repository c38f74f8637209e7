import type { Command } from "commander";
import type { RunConfiguration } from "../configuration/schema.js";
import { plannedRun, trainAll } from "../executor/executor.js";
import { InputError } from "../input-error.js";
import { StoppedError } from "../run/events.js";
import { measuredFor } from "../run/finished.js";
import { describeMeasure, formatMeasure, type MeasureName, measureTitles } from "../run/measure-names.js";
import { readRun } from "../run/record.js";
import type { RunStore } from "../run/store.js";
import { formatList } from "../terminal/format.js";
import { RunProgress } from "../terminal/run-progress.js";
import { configurationOf, type GivenOptions, withConfiguration } from "./configuration-options.js";
import type { CommandContext } from "./context.js";
import { type ExecuteOptions, executorOf, withExecution } from "./execute-options.js";
import { storeOf, withStore } from "./store-options.js";

type TrainOptions = ExecuteOptions & GivenOptions & { readonly json?: boolean; readonly dryRun?: boolean };

/** `igr train`: one run. */
export function trainCommand(command: Command, context: CommandContext): Command {
  return withConfiguration(withExecution(withStore(command)))
    .option("--dry-run", "print the complete configuration and the name of the run; train nothing")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
Examples:
  igr train --latent gs --temperature 0.67 --epochs 100
  igr train --preset authors --latent igr --seed 2
  igr train --model joint-vae --latent igr-sb --dataset fashion-mnist --set latent.rho=0.9
  igr train --config run.yaml --set training.schedules.temperature='{kind: linear, from: 1, to: 0.5, steps: 5000}'`,
    )
    .action(async (options: TrainOptions) => {
      const configuration = await configurationOf(options);
      if (options.dryRun) {
        const { id } = plannedRun(configuration);
        context.stdout(`${JSON.stringify({ id, configuration }, null, 2)}\n`);
        return;
      }
      await trainOne(configuration, options, context);
    });
}

/** Trains a run and prints its measures. */
export async function trainOne(
  configuration: RunConfiguration,
  options: ExecuteOptions & { readonly json?: boolean },
  context: CommandContext,
): Promise<void> {
  const run = plannedRun(configuration);
  const progress = new RunProgress(options.quiet ?? false, (line) => {
    if (!options.json) context.stdout(`${line}\n`);
  });
  const [end] = await trainAll(executorOf(options), [run], { observer: progress, signal: context.signal });
  progress.clear();
  if (end?.status === "failed") throw end.isInput ? new InputError(end.message) : new Error(end.message);
  if (end?.status === "stopped") {
    throw new StoppedError(`Stopped. Continue with: ${context.program} resume ${run.id}${runsOption(options.runs)}`);
  }
  await printRun(storeOf(options), run.id, configuration.epochs, options.json ?? false, context);
}

function runsOption(runs: string): string {
  return runs === "runs" ? "" : ` --runs ${runs}`;
}

/** The measures of a finished run. */
async function printRun(
  store: RunStore,
  id: string,
  epochs: number,
  isJson: boolean,
  { stdout }: CommandContext,
): Promise<void> {
  const record = await readRun(store, id);
  const measures = measuredFor(record, epochs);
  if (isJson) {
    const { configuration, environment } = record;
    stdout(`${JSON.stringify({ id, configuration, environment, measures, epochs: record.epochs }, null, 2)}\n`);
    return;
  }
  const rows = Object.entries(measures?.values ?? {}).map(([key, measure]) => {
    const name = key as MeasureName;
    return [measureTitles[name], formatMeasure(measure), describeMeasure(name, measure)] as const;
  });
  stdout(`\n${formatList(rows)}\n\nRun ${id} is in ${store.location}\n`);
}
