// Milliseconds of the maps onto the simplex and of the flows, forward with log-determinant and with its gradient, for a
// batch of 64 images with 30 variables of 10 categories each, compared with a plain softmax of the same size:
//
//   node bench/bijectors.mjs [cpu | wasm]
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-layers";
import {
  Chain,
  Planar,
  Radial,
  Sigmoid,
  SoftmaxPlusPlus,
  StickBreaking,
  stickBreakingSoftmax,
  VertexInterpolation,
} from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";

const backend = process.argv[2] ?? "cpu";
await tf.setBackend(backend);

const sticks = () => [new StickBreaking(), new Sigmoid()];
const vector = (scale) => Array.from({ length: 9 }, (_, k) => scale * Math.cos(k + 1));
const bijectors = {
  "softmax++": new SoftmaxPlusPlus({ temperature: 0.5 }),
  "stick-breaking of sigmoids": new Chain(sticks()),
  "interpolation of sticks": new Chain([new VertexInterpolation({ temperature: 0.5 }), ...sticks()]),
  "softmax++ of sticks": stickBreakingSoftmax({ temperature: 0.5 }),
  planar: new Planar({ u: vector(1), w: vector(-0.5), b: 0.1 }),
  radial: new Radial({ center: vector(0.1), alpha: 0.5, beta: 1 }),
};

/** Median of 30 calls after 5. */
function milliseconds(call) {
  const times = [];
  for (let index = 0; index < 35; index++) {
    const start = performance.now();
    tf.tidy(() => call().dataSync());
    times.push(performance.now() - start);
  }
  return times
    .slice(5)
    .sort((a, b) => a - b)[15]
    .toFixed(2);
}

const x = tf.randomNormal([64, 30, 9], 0, 1, "float32", 1);
const wide = tf.randomNormal([64, 30, 10], 0, 1, "float32", 1);
console.log(`${backend}: forward and log-determinant / with gradient / inverse, ms`);
console.log(
  `tf.softmax: ${milliseconds(() => tf.softmax(wide))} / ${milliseconds(() => tf.grad((each) => tf.softmax(each))(wide))}`,
);
for (const [name, bijector] of Object.entries(bijectors)) {
  const both = (each) => {
    const { value, logDet } = bijector.forwardAndLogDet(each);
    return tf.add(tf.sum(value), tf.sum(logDet));
  };
  const y = bijector.forward(x);
  const times = [
    milliseconds(() => both(x)),
    milliseconds(() => tf.grad(both)(x)),
    milliseconds(() => bijector.inverse(y)),
  ];
  console.log(`${name}: ${times.join(" / ")}`);
}
