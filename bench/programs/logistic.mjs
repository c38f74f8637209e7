import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { batchesOf, oneHot, setStartWeights, uniforms } from "./start.mjs";

/** Logistic regression of digits: one layer, where a step costs little more than its calls. */
export const logistic = {
  title: "Logistic regression, 784 inputs, 10 classes, batch 64, SGD",
  sizes: { batch: 64, inputs: 784, classes: 10 },
  small: { batch: 8, inputs: 12, classes: 3 },
  make({ batch, inputs, classes }) {
    const model = tfl.sequential();
    model.add(tfl.layers.dense({ units: classes, activation: "softmax", inputShape: [inputs] }));
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
    setStartWeights(model, 1000);
    const batches = batchesOf((k) => [uniforms([batch, inputs], 1100 + k), oneHot([batch], classes, 1200 + k)]);
    return { model, batches };
  },
};
