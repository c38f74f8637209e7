#!/usr/bin/env bash
# What one would guess: the gradient of tf.div(a, b) with respect to b, -a / b^2, holds wherever float32 holds it.
# What happens (tfjs-core 4.22.0): the gradient squares b first. From b = 2e19 on the square is infinite and the gradient is silently 0; below
# b = 1e-23 the square is 0 and the gradient is infinite or NaN. Way out: divide by b twice (`quotient` of @igr/tensors).
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
let asDescribed = true;
for (const [a, b, holds] of [
  [3, 2, true],
  [3e18, 1e18, true],
  [3e20, 1e20, false],
  [3e-20, 1e-10, true],
  [3e-30, 1e-24, false],
]) {
  const got = tf.grad((x) => tf.div(tf.scalar(a), x))(tf.scalar(b)).dataSync()[0];
  const exact = -a / b / b;
  console.log(`a = ${a}, b = ${b}: gradient ${got}, exact ${exact}`);
  asDescribed &&= Math.abs(got / exact - 1) < 1e-4 === holds;
}
process.exit(asDescribed ? 0 : 1);
JS
IS_TEST=1 node check.cjs 2>/dev/null
