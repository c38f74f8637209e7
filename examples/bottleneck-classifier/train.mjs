import { parseArgs } from "node:util";
import "@tensorflow/tfjs-backend-wasm";
import { createRng } from "@igr/core";
import { loadMnist } from "@igr/datasets";
import { jit } from "@igr/jit";
import { RelaxedCategoricalLayer, useFastWasm } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

const { values } = parseArgs({
  options: {
    symbols: { type: "string", default: "4" },
    relaxation: { type: "string", default: "igr" },
    epochs: { type: "string", default: "3" },
    images: { type: "string", default: "12000" },
  },
});
const ALPHABET = 8;
const symbols = Number(values.symbols);
tf.enableProdMode();
await tf.setBackend("wasm");
await useFastWasm();

const bottleneck = new RelaxedCategoricalLayer({
  categories: ALPHABET,
  temperature: 0.5,
  relaxation: values.relaxation,
  inference: "probs",
  seed: 1,
});
let seed = 0;
const dense = (units, activation, inputShape) =>
  tfl.layers.dense({
    units,
    activation,
    inputShape,
    kernelInitializer: tfl.initializers.glorotUniform({ seed: ++seed }),
  });
const writer = tfl.sequential({
  layers: [dense(256, "relu", [784]), dense(symbols * bottleneck.inputsPerVariable, "linear"), bottleneck],
});
const reader = tfl.sequential({
  layers: [dense(128, "relu", [symbols * ALPHABET]), dense(10, "linear")],
});
const classifier = tfl.sequential({ layers: [writer, reader] });

const optimizer = tf.train.adam(1e-3);
const step = jit(
  (images, labels) =>
    optimizer.minimize(() => {
      const logits = classifier.apply(images, { training: true });
      return tf.losses.softmaxCrossEntropy(labels, logits);
    }, true),
  { rng: bottleneck.rng },
);

const [train, test] = [await loadMnist({ split: "train" }), await loadMnist({ split: "test" })];
const rng = createRng(1);
for (let epoch = 1; epoch <= Number(values.epochs); epoch++) {
  let [sum, steps] = [0, 0];
  const options = { batchSize: 64, shuffle: true, rng: rng.fork(`epoch ${epoch}`), dropRemainder: true };
  for (const { images, labels } of train.slice(0, Number(values.images)).batches(options)) {
    const oneHot = tf.tidy(() => tf.cast(tf.oneHot(labels, 10), "float32"));
    const loss = await step(images, oneHot);
    sum += (await loss.data())[0];
    steps += 1;
    tf.dispose([images, labels, oneHot, loss]);
  }
  console.log(`epoch ${epoch}: cross-entropy ${(sum / steps).toFixed(3)} nats`);
}
await step.dispose();

/** Each symbol as its most probable letter, `[B, symbols * ALPHABET]`. */
const harden = (soft) => {
  const best = tf.argMax(tf.reshape(soft, [-1, symbols, ALPHABET]), 2);
  return tf.reshape(tf.cast(tf.oneHot(best, ALPHABET), "float32"), [-1, symbols * ALPHABET]);
};
const counts = { soft: 0, hard: 0 };
const messages = new Map();
for (const { images, labels } of test.slice(0, 2000).batches({ batchSize: 500, shuffle: false, rng })) {
  tf.tidy(() => {
    const soft = writer.predict(images);
    const hard = harden(soft);
    for (const [name, message] of Object.entries({ soft, hard })) {
      const right = tf.equal(tf.argMax(reader.predict(message), 1), tf.cast(labels, "int32"));
      counts[name] += tf.sum(tf.cast(right, "float32")).dataSync()[0];
    }
    const letters = tf.argMax(tf.reshape(hard, [-1, symbols, ALPHABET]), 2).arraySync();
    for (const [i, label] of labels.arraySync().entries()) {
      const message = letters[i].map((letter) => "abcdefgh"[letter]).join("");
      const seen = messages.get(label) ?? new Map();
      messages.set(label, seen.set(message, (seen.get(message) ?? 0) + 1));
    }
  });
  tf.dispose([images, labels]);
}
console.log(
  `accuracy on 2000 test images: ${counts.soft / 20} % by probabilities, ${counts.hard / 20} % by hard symbols`,
);
for (const [label, seen] of [...messages].sort(([a], [b]) => a - b)) {
  const [[message, count]] = [...seen].sort(([, a], [, b]) => b - a);
  console.log(`${label}: most often "${message}" (${count} of ${[...seen.values()].reduce((a, b) => a + b)})`);
}
