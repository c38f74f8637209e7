/**
 * How long one training step of the dense VAE takes on the tfjs wasm backend, stock and with the kernels of
 * useFastWasm, and the three products of its largest layer. Interleaved repeats; medians and minima in ms.
 *
 *   node bench/wasm-matmul.mjs [--steps 20] [--json out.json]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-wasm";
import { useFastWasm } from "@igr/models";

const { values } = parseArgs({ options: { steps: { type: "string", default: "20" }, json: { type: "string" } } });
const steps = Number(values.steps);

tf.env().set("IS_TEST", true);
await tf.setBackend("wasm");
const names = ["BatchMatMul", "_FusedMatMul"];
const stock = names.map((name) => tf.getKernel(name, "wasm"));
await useFastWasm();
const fast = names.map((name) => tf.getKernel(name, "wasm"));
const install = (kernels) => {
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    tf.registerKernel({ ...kernel, setupFunc: undefined });
  }
};

/** The step that the design measured: 784-512-256-540 / 300-256-512-784, batch 64, Adam, as plain tfjs ops. */
function makeStep() {
  const sizes = [
    [784, 512],
    [512, 256],
    [256, 540],
    [300, 256],
    [256, 512],
    [512, 784],
  ];
  const layers = sizes.map(([fanIn, units], i) => ({
    kernel: tf.variable(tf.randomUniform([fanIn, units], -0.05, 0.05, "float32", i + 1)),
    bias: tf.variable(tf.zeros([units])),
  }));
  const optimizer = tf.train.adam(1e-3);
  const x = tf.randomUniform([64, 784], 0, 1, "float32", 11);
  const eps = tf.randomNormal([64, 270], 0, 1, "float32", 12);
  const stack = (input, from) =>
    layers.slice(from, from + 3).reduce((h, { kernel, bias }, i) => {
      const y = tf.add(tf.matMul(h, kernel), bias);
      return i < 2 ? tf.relu(y) : y;
    }, input);
  const loss = () => {
    const [loc, logScale] = tf.split(stack(x, 0), 2, 1);
    const y = tf.reshape(tf.div(tf.add(loc, tf.mul(tf.exp(logScale), eps)), 0.5), [64, 30, 9]);
    const z = tf.softmax(tf.concat([y, tf.fill([64, 30, 1], Math.log(0.1))], 2));
    const logits = stack(tf.reshape(z, [64, 300]), 3);
    const kl = tf.sum(tf.sub(tf.add(tf.square(loc), tf.exp(tf.mul(2, logScale))), tf.mul(2, logScale)));
    return tf.div(tf.sub(tf.mul(0.5, kl), tf.sum(tf.sub(tf.mul(x, logits), tf.softplus(logits)))), 64);
  };
  return () => optimizer.minimize(loss, true).dataSync()[0];
}

const a = tf.randomUniform([64, 784]);
const w = tf.randomUniform([784, 512]);
const dy = tf.randomUniform([64, 512]);
const product = (f) => () => tf.tidy(() => f().dataSync()[0]);
const cases = {
  "x W    [64,784] x [784,512]": product(() => tf.matMul(a, w)),
  "dy W^T [64,512] x [784,512]^T": product(() => tf.matMul(dy, w, false, true)),
  "x^T dy [64,784]^T x [64,512]": product(() => tf.matMul(a, dy, true, false)),
};
const stepOf = { stock: makeStep(), fast: makeStep() };

const times = {};
for (let repeat = -2; repeat < steps; repeat++) {
  for (const [engine, kernels] of Object.entries({ stock, fast })) {
    install(kernels);
    for (const [name, run] of Object.entries({ ...cases, "training step": stepOf[engine] })) {
      const start = performance.now();
      run();
      const took = performance.now() - start;
      if (repeat < 0) continue;
      times[name] ??= { stock: [], fast: [] };
      times[name][engine].push(took);
    }
  }
}

const summary = (all) => {
  const sorted = all.toSorted((p, q) => p - q);
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0] };
};
const rows = Object.entries(times).map(([name, t]) => ({ name, stock: summary(t.stock), fast: summary(t.fast) }));
console.log(`${steps} interleaved repeats, Node ${process.version}: median (min) in ms`);
for (const { name, stock: s, fast: f } of rows) {
  const ratio = (s.median / f.median).toFixed(1);
  console.log(
    `${name.padEnd(32)} stock ${s.median.toFixed(2)} (${s.min.toFixed(2)})   fast ${f.median.toFixed(2)} (${f.min.toFixed(2)})   ${ratio}x`,
  );
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ node: process.version, steps, rows }, null, 2)}\n`);
