import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { batchesOf, normals, oneHot, setStartWeights } from "./start.mjs";

// The start weights are set afterwards; tfjs' default initializer needs the chained operations of @tensorflow/tfjs.
const settings = { recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" };

/** The next character of a text: tfjs-examples' lstm-text-generation, with Adam. */
export const lstm = {
  title: "LSTM, 40 characters of 64, 128 units, batch 64, Adam",
  sizes: { batch: 64, steps: 40, characters: 64, units: 128 },
  small: { batch: 4, steps: 5, characters: 6, units: 4 },
  make({ batch, steps, characters, units }) {
    const model = tfl.sequential();
    model.add(tfl.layers.lstm({ units, inputShape: [steps, characters], unitForgetBias: true, ...settings }));
    model.add(tfl.layers.dense({ units: characters, activation: "softmax" }));
    model.compile({ optimizer: tf.train.adam(1e-2), loss: "categoricalCrossentropy" });
    setStartWeights(model, 3000);
    const batches = batchesOf((k) => [
      oneHot([batch, steps], characters, 3100 + k),
      oneHot([batch], characters, 3200 + k),
    ]);
    return { model, batches };
  },
};

/** The temperature of tomorrow from a series of measurements: tfjs-examples' jena-weather, with Adam. */
export const gru = {
  title: "GRU, 120 times of 14 measurements, 32 units, batch 128, Adam",
  sizes: { batch: 128, steps: 120, features: 14, units: 32 },
  small: { batch: 4, steps: 6, features: 3, units: 4 },
  make({ batch, steps, features, units }) {
    const model = tfl.sequential();
    model.add(tfl.layers.gru({ units, inputShape: [steps, features], ...settings }));
    model.add(tfl.layers.dense({ units: 1 }));
    model.compile({ optimizer: tf.train.adam(1e-3), loss: "meanAbsoluteError" });
    setStartWeights(model, 4000);
    const batches = batchesOf((k) => [normals([batch, steps, features], 4100 + k), normals([batch, 1], 4200 + k)]);
    return { model, batches };
  },
};
