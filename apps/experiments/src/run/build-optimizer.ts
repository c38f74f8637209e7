import { RAdam } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import type { RunConfiguration } from "../configuration/schema.js";

/** The optimizer of a configuration: Adam by default. */
export function buildOptimizer({
  optimizer,
  learningRate,
}: Pick<RunConfiguration["training"], "optimizer" | "learningRate">): tf.Optimizer {
  return optimizer === "radam" ? new RAdam({ learningRate }) : tf.train.adam(learningRate);
}
