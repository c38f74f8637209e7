import { join } from "node:path";
import { type Command, Option } from "commander";
import { readRun } from "../run/record.js";
import { type CheckpointOptions, withCheckpoint } from "./checkpoint-options.js";
import type { CommandContext } from "./context.js";
import { findRun } from "./find-run.js";
import { storeOf } from "./store-options.js";

const formats = ["onnx", "layers", "safetensors"] as const;

interface ExportOptions extends CheckpointOptions {
  readonly format: (typeof formats)[number];
  readonly out?: string;
}

/** `igr export`: exports a trained model for other programs. */
export function exportCommand(command: Command, { stdout }: CommandContext): Command {
  return withCheckpoint(command)
    .addOption(
      new Option(
        "--format <name>",
        "onnx: encoder and decoder for any ONNX runtime; layers: for tf.loadLayersModel; safetensors: all weights",
      )
        .choices(formats)
        .default("onnx"),
    )
    .option("--out <folder>", "folder for the files (default: export-<run>)")
    .addHelpText("after", "\nExample:\n  igr export 3f2a --format safetensors --out weights")
    .action(async (name: string, { format, out, ...options }: ExportOptions) => {
      const store = storeOf(options);
      const id = await findRun(store, name);
      const { configuration } = await readRun(store, id);
      const { exportLayersModels, exportOnnxModels, exportSafetensors } = await import("@igr/models");
      const { chooseEngine } = await import("../run/engine.js");
      const { restoreModel } = await import("../run/restore-model.js");
      await chooseEngine("auto");
      const model = await restoreModel(store, id, options.checkpoint ?? configuration.training.checkpoint);
      const folder = out ?? `export-${id}`;
      const file = join(folder, "model.safetensors");
      const written = {
        onnx: () => exportOnnxModels(model, folder),
        layers: () => exportLayersModels(model, folder),
        safetensors: () => exportSafetensors(model, file).then(() => [file]),
      }[format];
      for (const each of await written()) stdout(`${each}\n`);
      model.dispose();
    });
}
