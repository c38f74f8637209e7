#!/usr/bin/env bash
# What one would guess: where tf.maximum(a, b) broadcasts a against b, its gradient is summed back to the shapes of a and b, as those of
# tf.add and tf.mul are.
# What happens (tfjs-core 4.22.0): the value is right, and the gradient of tf.maximum, tf.minimum and tf.squaredDifference throws "The gradient of input 'a' has
# shape '3,3', which does not match the shape of the input '1,3'". Way out: give both tensors one shape first.
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
const row = tf.tensor2d([[1, 2, 3]]);
const column = tf.tensor2d([[3], [2], [1.5]]);
let asDescribed = true;
for (const name of ["add", "mul", "squaredDifference", "maximum", "minimum"]) {
  const f = (a, b) => tf.sum(tf[name](a, b));
  let outcome;
  try {
    outcome = `gradients of shapes ${tf.grads(f)([row, column]).map((g) => `[${g.shape}]`).join(" and ")}`;
  } catch (error) {
    outcome = `throws: ${error.message}`;
  }
  console.log(`${name}: value of shape [${tf[name](row, column).shape}], ${outcome}`);
  const throws = outcome.startsWith("throws");
  asDescribed &&= throws === (name !== "add" && name !== "mul");
}
process.exit(asDescribed ? 0 : 1);
JS
IS_TEST=1 node check.cjs 2>/dev/null
