import { makeFolder, writeFileAtomically } from "@igr/files";
import * as tf from "@tensorflow/tfjs-core";
import { nodeModules } from "../checkpoint/node-modules.js";
import type { TrainableModel } from "../model/model.js";
import { namedNetworks } from "./named-networks.js";

/**
 * Writes a model's networks as LayersModel files of tfjs: one folder for each network, `encoder/` and `decoder/`
 * (`network0/`, ... for a StructuredPrediction), with `model.json` and `weights.bin`, which `tf.loadLayersModel(url)`
 * and tfjs-converter read. Returns the paths of the `model.json` files. Node only.
 */
export async function exportLayersModels(model: TrainableModel, dir: string): Promise<string[]> {
  const { path } = nodeModules("exportLayersModels");
  const files: string[] = [];
  for (const [name, network] of Object.entries(namedNetworks("exportLayersModels", model))) {
    const folder = path.join(dir, name);
    await makeFolder(folder);
    const handler = tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const weights = tf.io.CompositeArrayBuffer.join(weightData);
      const manifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
      const json = { format, generatedBy, convertedBy: null, modelTopology, weightsManifest: manifest };
      await writeFileAtomically(path.join(folder, "weights.bin"), new Uint8Array(weights));
      await writeFileAtomically(path.join(folder, "model.json"), `${JSON.stringify(json)}\n`);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    });
    await network.save(handler);
    files.push(path.join(folder, "model.json"));
  }
  return files;
}
