import { createRng, GrowingSticks, InfiniteIGR, klDivergence } from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectClose, numbers } from "./values.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const weights = tf.range(0, 25);

/** Samples, densities, K, a divergence and the gradients of them all. */
function everything(rng: ReturnType<typeof createRng>) {
  return (loc: tf.Tensor, scale: tf.Tensor) => {
    const make = () => new InfiniteIGR({ loc, scale, temperature: 0.2, rho: 0.9 });
    const prior = new InfiniteIGR({ loc: tf.zeros([24]), scale: 1, temperature: 0.2, rho: 0.9 });
    const { value, effectiveK, averageK, passesCap } = make().sampleWithPreImage(rng, [5]);
    const gradients = tf.grads((l: tf.Tensor, s: tf.Tensor) => {
      const relaxed = new InfiniteIGR({ loc: l, scale: s, temperature: 0.2, rho: 0.9 });
      const joint = relaxed.sampleLogAndLogProb(rng, [5], { stickTheLanding: true });
      const logP = prior.logProbFromLog(joint.value);
      const loss = tf.sum(tf.mul(tf.exp(joint.value), weights));
      return tf.addN([loss, tf.sum(tf.sub(joint.logProb, logP)), tf.sum(klDivergence(relaxed, prior))]);
    })([loc, scale]);
    return { value, effectiveK, averageK, passesCap, loc: gradients[0]!, scale: gradients[1]! };
  };
}

test("a compiled InfiniteIGR gives the samples, densities and gradients of eager execution", async () => {
  const loc = tf.add(tf.fill([3, 24], -1), tf.mul(0.02, tf.reshape(tf.range(0, 72), [3, 24])));
  const scale = tf.fill([3, 24], 0.6);
  const eager = tf.tidy(() => everything(createRng(5))(loc, scale));
  const rng = createRng(5);
  const compiled = jit(everything(rng), { rng, threads: 1 });
  const results = await compiled(loc, scale);
  expect(numbers(results.effectiveK)).toEqual(numbers(eager.effectiveK));
  for (const key of ["value", "averageK", "passesCap", "loc", "scale"] as const) {
    expectClose(results[key], numbers(eager[key]), { rtol: 2e-3, atol: 2e-4 });
  }
  await compiled.dispose();
});

test("parameters that grew to the maximum train compiled as in eager mode", async () => {
  const train = async (isCompiled: boolean) => {
    const sticks = new GrowingSticks({ block: 8, cap: 24, start: { loc: -1, scale: 0.6 } });
    sticks.growTo(sticks.cap);
    const relaxed = new InfiniteIGR({ sticks, temperature: 0.2, rho: 0.9 });
    const optimizer = tf.train.adam(0.05);
    const rng = createRng(2);
    const step = () =>
      optimizer.minimize(
        () => tf.mean(tf.sum(tf.mul(relaxed.sample(rng, [16]), weights), -1)) as tf.Scalar,
        true,
        sticks.variables,
      ) as tf.Tensor;
    const run = isCompiled ? jit(step, { rng, threads: 1 }) : step;
    const losses: number[] = [];
    for (let index = 0; index < 12; index++) losses.push(...numbers(await run()));
    const loc = numbers(sticks.loc);
    sticks.dispose();
    return { losses, loc };
  };
  const [eager, compiled] = [await train(false), await train(true)];
  expectClose(tf.tensor1d(compiled.losses), eager.losses, { rtol: 1e-3, atol: 1e-4 });
  expectClose(tf.tensor1d(compiled.loc), eager.loc, { rtol: 1e-2, atol: 5e-3 });
  expect(compiled.losses.at(-1)).toBeLessThan(compiled.losses[0]! * 0.9);
});
