import { type Command, Option } from "commander";
import { type EngineName, engineNames } from "../run/engine-names.js";
import { describeMeasure, formatMeasure, type MeasureName, measureTitles } from "../run/measure-names.js";
import { readRun } from "../run/record.js";
import { formatList } from "../terminal/format.js";
import { type CheckpointOptions, withCheckpoint } from "./checkpoint-options.js";
import type { CommandContext } from "./context.js";
import { findRun } from "./find-run.js";
import { integer } from "./number-option.js";
import { storeOf } from "./store-options.js";

interface EvaluateOptions extends CheckpointOptions {
  readonly engine: EngineName;
  readonly threads?: number;
  readonly seed: number;
  readonly iwaeImages?: number;
  readonly iwaeSamples?: number;
  readonly json?: boolean;
}

/**
 * `igr evaluate`: measures a run's model again, with other draws or more samples. The stored measures do not change.
 */
export function evaluateCommand(command: Command, { signal, stdout }: CommandContext): Command {
  return withCheckpoint(command)
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"))
    .option("--threads <n>", "threads of the compiled engine", integer(1))
    .option("--seed <n>", "seed of the draws", integer(0), 1)
    .option(
      "--iwae-images <n>",
      "test images for the importance-weighted bound, 0 for none (default: as configured)",
      integer(0),
    )
    .option("--iwae-samples <n>", "samples for each image (default: as configured)", integer(1))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  igr evaluate 3f2a --iwae-images 10000\n  igr evaluate 3f2a --checkpoint last --seed 2",
    )
    .action(async (name: string, options: EvaluateOptions) => {
      const store = storeOf(options);
      const id = await findRun(store, name);
      const { configuration } = await readRun(store, id);
      const [{ createRng }, { buildModel }, { chooseEngine }, { loadData }, { measuresOf }, { restoreModel }] =
        await Promise.all([
          import("@igr/core"),
          import("../run/build-model.js"),
          import("../run/engine.js"),
          import("../run/load-data.js"),
          import("../run/measures.js"),
          import("../run/restore-model.js"),
        ]);
      const engine = await chooseEngine(options.engine);
      const data = await loadData(configuration, { signal });
      const which = options.checkpoint ?? configuration.training.checkpoint;
      const model = await restoreModel(store, id, which);
      const { values } = await measuresOf(model, {
        configuration,
        data,
        rng: createRng(options.seed).fork("evaluate"),
        engine: engine.fitEngine,
        jit: options.threads === undefined ? {} : { threads: options.threads },
        signal,
        iwaeImages: options.iwaeImages,
        iwaeSamples: options.iwaeSamples,
        untrained: () => buildModel(configuration),
      });
      model.dispose();
      if (options.json) stdout(`${JSON.stringify({ id, checkpoint: which, seed: options.seed, values }, null, 2)}\n`);
      else {
        const rows = Object.entries(values).map(([key, measure]) => {
          const name = key as MeasureName;
          return [measureTitles[name], formatMeasure(measure), describeMeasure(name, measure)] as const;
        });
        stdout(`${formatList(rows)}\n`);
      }
    });
}
