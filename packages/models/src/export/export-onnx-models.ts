import { makeFolder, writeFileAtomically } from "@igr/files";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { nodeModules } from "../checkpoint/node-modules.js";
import type { TrainableModel } from "../model/model.js";
import { applyNetwork } from "../network/network.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { namedNetworks } from "./named-networks.js";

/** Options of {@link exportOnnxModels}. */
export interface ExportOnnxModelsOptions {
  /** The batch size of the exported models. By default they accept every batch size. */
  readonly batch?: number;
}

/**
 * Writes a model's networks as ONNX models, `encoder.onnx` and `decoder.onnx` (`network0.onnx`, ... for a
 * StructuredPrediction), in float32 with the weights inside. Every ONNX runtime reads them, for example in Python. The
 * encoder maps `images` `[B, ...imageShape]` to `outputs`, the input of the latent part; the decoder maps `latents`
 * `[B, decoderInputs]` to `outputs`, the input of the likelihood (logits for Bernoulli pixels). B is arbitrary unless
 * `batch` is given. Returns the paths of the files. Node only.
 *
 * @throws RangeError unless `batch` is an integer >= 1; JitError for a network whose graph depends on the batch size:
 * pass `batch` then.
 */
export async function exportOnnxModels(
  model: TrainableModel,
  dir: string,
  options: ExportOnnxModelsOptions = {},
): Promise<string[]> {
  checkNamedOptions("exportOnnxModels", options, { batch: "optional" });
  const { batch } = options;
  const { path } = nodeModules("exportOnnxModels");
  if (batch !== undefined) checkInteger("exportOnnxModels", "batch", batch, 1);
  const { exportOnnx: exportFunction } = await import("@igr/jit");
  const networks = namedNetworks("exportOnnxModels", model);
  await makeFolder(dir);
  const files: string[] = [];
  for (const [name, network] of Object.entries(networks)) {
    const [, ...shape] = network.inputs[0]!.shape as [null, ...number[]];
    const input = name === "decoder" ? "latents" : name === "encoder" ? "images" : "inputs";
    const bytes = await exportFunction((x: tf.Tensor) => applyNetwork(network, x, false), {
      inputs: { [input]: [batch ?? null, ...shape] },
      outputs: ["outputs"],
    });
    const file = path.join(dir, `${name}.onnx`);
    await writeFileAtomically(file, bytes);
    files.push(file);
  }
  return files;
}
