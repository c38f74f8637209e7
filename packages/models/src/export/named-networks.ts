import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TrainableModel } from "../model/model.js";

/**
 * The networks of a model by name: `encoder` and `decoder`, or `network0`, ... of a StructuredPrediction.
 * @throws TypeError, naming `owner`, for a model that has neither.
 */
export function namedNetworks(owner: string, model: TrainableModel): Readonly<Record<string, LayersModel>> {
  const { encoder, decoder, networks } = model as {
    readonly encoder?: LayersModel;
    readonly decoder?: LayersModel;
    readonly networks?: readonly LayersModel[];
  };
  if (encoder && decoder) return { encoder, decoder };
  if (networks) return Object.fromEntries(networks.map((network, i) => [`network${i}`, network]));
  throw new TypeError(
    `${owner}: model must have an encoder and a decoder, or networks, got a ${(model as object).constructor.name}`,
  );
}
