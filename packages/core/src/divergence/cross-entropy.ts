import { broadcastShapes, broadcastTensor } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../base/distribution.js";
import { closedKl } from "./kl-registry.js";

/** The entropy of q plus KL(q || p), of the broadcast batch shape; undefined if the divergence has no closed form. */
export function crossEntropy(q: Distribution, p: Distribution): tf.Tensor | undefined {
  const divergence = closedKl(q, p);
  if (typeof divergence !== "object") return undefined;
  const batchShape = broadcastShapes(`${q.name}.crossEntropy`, {
    "own batch": q.batchShape,
    "batch of other": p.batchShape,
  });
  return broadcastTensor(tf.add(q.entropy(), divergence), batchShape);
}
