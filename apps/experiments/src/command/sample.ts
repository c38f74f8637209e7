import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { InputError } from "../input-error.js";
import { readRun } from "../run/record.js";
import { type CheckpointOptions, withCheckpoint } from "./checkpoint-options.js";
import type { CommandContext } from "./context.js";
import { findRun } from "./find-run.js";
import { integer } from "./number-option.js";
import { storeOf } from "./store-options.js";

interface SampleOptions extends CheckpointOptions {
  readonly count: number;
  readonly columns: number;
  readonly seed: number;
  readonly hard?: boolean;
  readonly out: string;
}

/** `igr sample`: writes images of draws from a trained model's prior as a PNG. */
export function sampleCommand(command: Command, { stdout }: CommandContext): Command {
  return withCheckpoint(command)
    .option("--count <n>", "images", integer(1), 64)
    .option("--columns <n>", "images in a row", integer(1), 8)
    .option("--seed <n>", "seed of the draws", integer(0), 1)
    .option("--hard", "decode one-hot vectors (discrete VAEs only)")
    .option("--out <file>", "file of the picture", "samples.png")
    .addHelpText("after", "\nExample:\n  igr sample 3f2a --count 100 --columns 10 --hard --out hard.png")
    .action(async (name: string, { count, columns, seed, hard, out, ...options }: SampleOptions) => {
      const store = storeOf(options);
      const id = await findRun(store, name);
      const { configuration } = await readRun(store, id);
      const { createRng } = await import("@igr/core");
      const { DiscreteVAE, StructuredPrediction } = await import("@igr/models");
      const { imageShapeOf } = await import("../run/build-model.js");
      const { chooseEngine } = await import("../run/engine.js");
      const { imageGridPng } = await import("../run/image-grid.js");
      const { restoreModel } = await import("../run/restore-model.js");
      await chooseEngine("auto");
      const model = await restoreModel(store, id, options.checkpoint ?? configuration.training.checkpoint);
      if (model instanceof StructuredPrediction) {
        throw new InputError("igr sample: structured prediction has no prior; the run has pictures of predictions");
      }
      if (hard && !(model instanceof DiscreteVAE)) throw new InputError("--hard is for discrete VAEs");
      const rng = createRng(seed).fork("samples");
      const images =
        model instanceof DiscreteVAE ? model.sample(rng, count, { hard: hard ?? false }) : model.sample(rng, count);
      const [height, width, channels] = imageShapeOf(configuration);
      const pixels = (await images.data()) as Float32Array;
      images.dispose();
      model.dispose();
      writeOut(out, imageGridPng(pixels, { height, width, channels, columns }));
      stdout(`Wrote ${count} images to ${out}.
`);
    });
}

function writeOut(file: string, content: Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new InputError(`${file} can't be written: ${(error as Error).message}`, { cause: error });
  }
}
