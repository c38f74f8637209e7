#!/usr/bin/env bash
# What one would guess: the gradient of a gradient, tf.grad(tf.grad(f)), is the second derivative, or an error where tfjs has none.
# What happens (tfjs-core 4.22.0): kernels whose gradient reads their saved output (exp, tanh, sigmoid; softmax, logSoftmax and elu
# as well) count that output as a constant in the second derivative. f = op alone is an error; in f = x op(x) the terms are silently
# missing: (x exp(x))'' is 2 exp(x) instead of (2 + x) exp(x). Kernels that save their input (sin, softplus, log) are right.
# Way out: write the first derivative yourself, or use kernels that save inputs.
# Exits 0 while this holds, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-layers@4.22.0 >/dev/null
cat > check.cjs <<'JS'
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
require("@tensorflow/tfjs-layers"); // registers the gradients
console.log("tfjs-core", tf.version_core);
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
// The operation, its first and its second derivative, and whether tfjs' second derivative of x op(x) is right.
const cases = [
  ["exp", Math.exp, Math.exp, false],
  ["tanh", (x) => 1 - Math.tanh(x) ** 2, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2), false],
  [
    "sigmoid",
    (x) => sigmoid(x) * (1 - sigmoid(x)),
    (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x)),
    false,
  ],
  ["sin", Math.cos, (x) => -Math.sin(x), true],
  ["softplus", sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x)), true],
  ["log", (x) => 1 / x, (x) => -1 / (x * x), true],
];
let asDescribed = true;
const x = 0.7;
for (const [name, first, second, holds] of cases) {
  const got = tf.grad(tf.grad((t) => tf.mul(t, tf[name](t))))(tf.scalar(x)).dataSync()[0];
  const exact = 2 * first(x) + x * second(x);
  let alone;
  try {
    alone = tf.grad(tf.grad((t) => tf[name](t)))(tf.scalar(x)).dataSync()[0].toFixed(4);
  } catch {
    alone = "an error";
  }
  console.log(`x ${name}(x): ${got.toFixed(4)}, exact ${exact.toFixed(4)}; ${name}(x) alone: ${alone}`);
  asDescribed &&= Math.abs(got / exact - 1) < 1e-3 === holds && (alone === "an error") === !holds;
}
process.exit(asDescribed ? 0 : 1);
JS
IS_TEST=1 node check.cjs 2>/dev/null
