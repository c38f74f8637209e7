import { writeFileAtomically } from "@igr/files";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { nodeModules } from "../checkpoint/node-modules.js";
import type { TrainableModel } from "../model/model.js";
import { applyNetwork } from "../network/network.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { namedNetworks } from "./named-networks.js";

/** Options of {@link exportOnnxModels}. */
export interface ExportOnnxModelsOptions {
  /** The batch size of the exported models; any by default. */
  readonly batch?: number;
}

/**
 * Writes a model's networks as ONNX models, `encoder.onnx` and `decoder.onnx` (`network0.onnx`, ... of a StructuredPrediction),
 * float32, weights inside: any ONNX runtime opens them, Python's for one. The encoder takes `images` `[B, ...imageShape]` and gives
 * `outputs`, the numbers that the latent part reads; the decoder takes `latents` `[B, decoderInputs]` and gives `outputs`, what the
 * likelihood reads (logits for Bernoulli pixels). B is of any size unless `batch` is given. Node only; returns the files' paths.
 *
 * @throws RangeError unless `batch` is an integer >= 1; JitError for a network that does not look the same at every batch size: then `batch` must be given.
 */
export async function exportOnnxModels(
  model: TrainableModel,
  dir: string,
  options: ExportOnnxModelsOptions = {},
): Promise<string[]> {
  checkNamedOptions("exportOnnxModels", options, { batch: "optional" });
  const { batch } = options;
  const { fs, path } = nodeModules("exportOnnxModels");
  if (batch !== undefined) checkInteger("exportOnnxModels", "batch", batch, 1);
  const { exportOnnx: exportFunction } = await import("@igr/jit");
  const networks = namedNetworks("exportOnnxModels", model);
  await fs.mkdir(dir, { recursive: true });
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
