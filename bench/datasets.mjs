/**
 * Images per second that @igr/datasets delivers at batch 64 on one core: medians and spread of passes over the
 * 60,000 training images of MNIST, in wall-clock and in processor time (on a busy machine wall-clock time includes
 * other programs). `node bench/datasets.mjs [passes]`, after a build.
 */
import "@tensorflow/tfjs-backend-cpu";
import { createRng } from "@igr/core";
import { loadMnist } from "@igr/datasets";
import { machineInWords } from "@igr/experiments/machine";
import * as tf from "@tensorflow/tfjs-core";

tf.env().set("IS_TEST", true); // no banner

const passes = Number(process.argv[2] ?? 15);
const batchSize = 64;
const rng = createRng(1);

const start = performance.now();
const dataset = await loadMnist({ split: "train" });
const loading = performance.now() - start;
console.log(`${machineInWords()}, batch ${batchSize}, ${passes} passes`);
console.log(`loading and checking the training set: ${loading.toFixed(0)} ms`);
console.log("thousands of images per second: median (slowest ... fastest pass)");
console.log(`${"".padEnd(30)} by the clock         by processor time`);

const images = new Float32Array(batchSize * dataset.imageSize);
const labels = new Int32Array(batchSize);

function fillPass(options) {
  const epoch = dataset.epoch({ batchSize, rng, ...options });
  while (epoch.fill({ images, labels }) > 0);
}

function tensorPass(options) {
  for (const batch of dataset.batches({ batchSize, rng, ...options })) batch.dispose();
}

for (const [name, pass, options] of [
  ["memory, dynamic, shuffled", fillPass, { binarize: "dynamic", shuffle: true }],
  ["memory, dynamic", fillPass, { binarize: "dynamic" }],
  ["memory, threshold, shuffled", fillPass, { binarize: "threshold", shuffle: true }],
  ["memory, static, shuffled", fillPass, { binarize: "static", shuffle: true }],
  ["memory, intensities, shuffled", fillPass, { shuffle: true }],
  ["tensors, dynamic, shuffled", tensorPass, { binarize: "dynamic", shuffle: true }],
]) {
  pass(options); // compiles the code, and draws the static bits
  const rates = Array.from({ length: passes }, () => {
    const begin = performance.now();
    const used = process.cpuUsage();
    pass(options);
    const { user, system } = process.cpuUsage(used);
    return [dataset.length / (performance.now() - begin), (1000 * dataset.length) / (user + system)];
  });
  const [clock, processor] = [0, 1].map((column) => summary(rates.map((row) => row[column])));
  console.log(`${name.padEnd(30)} ${clock.padEnd(20)} ${processor}`);
}

function summary(rates) {
  const sorted = rates.sort((a, b) => a - b);
  const [slowest, median, fastest] = [0, passes >> 1, passes - 1].map((i) => sorted[i].toFixed(0));
  return `${median} (${slowest} ... ${fastest})`;
}
