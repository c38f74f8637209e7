import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";

type Layer = layers.Layer;
type Penalty = () => tf.Scalar;

/** The layers inside a layer: a network contains layers, a wrapper one or two layers, a recurrent layer its cells. */
interface Inside {
  readonly layers?: readonly Layer[];
  readonly layer?: Layer;
  readonly forwardLayer?: Layer;
  readonly backwardLayer?: Layer;
  readonly cell?: Layer;
  readonly cells?: readonly Layer[];
}

/**
 * The sum of the penalties of the weight regularizers of tf.layers (kernel, bias and others); undefined if no layer has
 * one. Each weight counts once, however often its layer is used. Weights of recurrent layers are included, unlike in
 * `LayersModel.fit`. (tf.layers does not support activity regularizers: dense, convolutional and embedding layers throw
 * for them; recurrent layers and `layers.activation` ignore them.)
 */
export function regularizationOf(networks: readonly Layer[]): tf.Scalar | undefined {
  const penalties = new Set<Penalty>();
  for (const network of networks) collect(network, penalties);
  if (penalties.size === 0) return undefined;
  return tf.tidy(() => tf.addN([...penalties].map((penalty) => penalty())) as tf.Scalar);
}

function collect(layer: Layer, penalties: Set<Penalty>): void {
  for (const penalty of layer.losses ?? []) penalties.add(penalty as Penalty);
  const { layers = [], layer: wrapped, forwardLayer, backwardLayer, cell, cells = [] } = layer as Inside;
  for (const inner of [...layers, wrapped, forwardLayer, backwardLayer, cell, ...cells]) {
    if (inner) collect(inner, penalties);
  }
}
