import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  couplingFlow,
  type FlowFamily,
  maskedAutoregressiveFlow,
  planarFlow,
  realNVPFlow,
  splineTransformer,
  sylvesterFlow,
  TrainableFlow,
} from "../src/index.js";
import { normalRng } from "./normal-rng.js";
import { uniforms } from "./numbers.js";

/** A mixture of two Gaussians on a slant, with its own log-density: no flow can do better than its mean in expectation. */
const centers = [
  [-1.2, -0.8],
  [1.2, 0.8],
] as const;
const deviations = [0.35, 0.6] as const;

function draw(seed: number, count: number): tf.Tensor2D {
  return tf.tidy(() => {
    const component = tf.step(tf.sub(tf.tensor2d(uniforms(seed, count), [count, 1]), 0.5));
    const other = tf.sub(1, component);
    const noise = tf.mul(normalRng(seed + 1).normal([count, 2]), [deviations]);
    const [first, second] = centers.map((center) => tf.tensor2d([[...center]])) as [tf.Tensor, tf.Tensor];
    return tf.add(noise, tf.add(tf.mul(other, first), tf.mul(component, second)));
  });
}

function meanLogDensity(x: tf.Tensor2D): number {
  const rows = x.arraySync();
  const logs = rows.map((row) => {
    const parts = centers.map((center) =>
      center.reduce(
        (sum, at, k) => sum - 0.5 * (((row[k] as number) - at) / (deviations[k] as number)) ** 2,
        -Math.log(2 * Math.PI * deviations[0] * deviations[1]),
      ),
    );
    return Math.log(0.5 * Math.exp(parts[0] as number) + 0.5 * Math.exp(parts[1] as number));
  });
  return logs.reduce((sum, each) => sum + each / logs.length, 0);
}

const standardNormal = (x: tf.Tensor) => tf.sub(tf.mul(-0.5, tf.sum(tf.square(x), -1)), Math.log(2 * Math.PI));

/** Mean log-density of fresh points after compiled training, the flow in the direction from data to noise. */
async function fitted(family: FlowFamily, dataToNoise: "forwardAndLogDet" | "inverseAndLogDet"): Promise<number> {
  const flow = new TrainableFlow(family, { rng: normalRng(3) });
  const logProb = (x: tf.Tensor) => {
    const { value, logDet } = flow[dataToNoise](x);
    return tf.mean(tf.add(standardNormal(value), logDet)) as tf.Scalar;
  };
  const optimizer = tf.train.adam(0.02);
  const step = jit((x: tf.Tensor) => optimizer.minimize(() => tf.neg(logProb(x)), true, flow.trainableVariables)!);
  for (let index = 0; index < 200; index++) {
    const batch = draw(100 + 3 * index, 128);
    tf.dispose([await step(batch), batch]);
  }
  const result = tf.tidy(() => logProb(draw(20, 2000)).dataSync()[0] as number);
  await step.dispose();
  optimizer.dispose();
  flow.dispose();
  return result;
}

describe("a flow fitted to a mixture in the plane", () => {
  const best = meanLogDensity(draw(20, 2000));
  // The Gaussian of the same moments, the best of a flow that does not bend: -log(2 pi e) - log(det) / 2.
  const gaussian =
    -Math.log(2 * Math.PI * Math.E) - 0.5 * Math.log((0.35 ** 2 + 1.2 ** 2) * (0.6 ** 2 + 0.8 ** 2) - 0.96 ** 2);

  test.each([
    [
      "coupled splines",
      couplingFlow({ size: 2, depth: 2, hidden: [16], transformer: splineTransformer({ bins: 5, bound: 4 }) }),
      "inverseAndLogDet",
      0.06,
    ],
    ["RealNVP", realNVPFlow({ size: 2, depth: 6, hidden: [16] }), "inverseAndLogDet", 0.22],
    ["masked autoregressive", maskedAutoregressiveFlow({ size: 2, depth: 4, hidden: [16] }), "inverseAndLogDet", 0.26],
    ["planar", planarFlow({ size: 2, depth: 5 }), "forwardAndLogDet", 0.07],
    ["Sylvester", sylvesterFlow({ size: 2, depth: 3, reflections: 1 }), "forwardAndLogDet", 0.07],
  ] as const)("%s comes near the density of the truth", async (_, family, direction, within) => {
    const reached = await fitted(family, direction);
    expect(reached).toBeGreaterThan(best - within);
    expect(reached).toBeGreaterThan(gaussian);
    expect(reached).toBeLessThan(best + 0.02);
  });
});
