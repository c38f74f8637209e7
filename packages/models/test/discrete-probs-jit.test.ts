import { IGR, type IGRTransformName, InfiniteIGR } from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

test.each<IGRTransformName>(["softmax++", "stick-breaking", "interpolation"])(
  "compiled, the induced probabilities of %s and their gradients are the eager ones",
  async (transform) => {
    const all = (loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor) => {
      const results = (loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor) => {
        const igr = new IGR({ loc, scale, temperature, transform });
        const options = { samples: 64 };
        return tf.add(igr.discreteProbs(options), tf.exp(igr.discreteLogProbs(options)));
      };
      const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
        tf.sum(tf.square(results(...([...given, temperature].slice(0, 3) as [tf.Tensor, tf.Tensor, tf.Tensor])))),
      )(transform === "softmax++" ? [loc, scale, temperature] : [loc, scale]);
      return [results(loc, scale, temperature), value, ...grads] as tf.Tensor[];
    };
    const inputs = [
      tf.tensor2d([
        [0.3, -0.5, 0.1],
        [0, 2, -1],
      ]),
      tf.tensor2d([
        [1, 0.4, 2],
        [0.05, 1, 3],
      ]),
      tf.scalar(0.5),
    ] as const;
    const compiled = jit(all, { executor: "node", threads: 1 });
    const [eager, fast] = [all(...inputs), await compiled(...inputs)];
    for (const [index, tensor] of eager.entries()) {
      const [expected, actual] = [tensor.dataSync(), (fast[index] as tf.Tensor).dataSync()];
      for (const [entry, value] of expected.entries()) {
        expect(Math.abs((actual[entry] as number) - value)).toBeLessThan(2e-5);
      }
    }
    await compiled.dispose();
  },
);

test.each([0.3, 0.95])("of cut sticks are the same compiled and eager, at rho %d", async (rho) => {
  const all = (loc: tf.Tensor) => {
    const probs = (loc: tf.Tensor) =>
      new InfiniteIGR({ loc, scale: 0.7, temperature: 0.2, rho }).discreteProbs({ samples: 64 });
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.square(probs(x))))(loc);
    return [probs(loc), value, grad];
  };
  const loc = tf.tensor2d([
    [0.3, -0.5, 0.1, 1],
    [0, 2, -1, 0],
  ]);
  const compiled = jit(all, { executor: "node", threads: 1 });
  const [eager, fast] = [all(loc), await compiled(loc)];
  for (const [index, tensor] of eager.entries()) {
    const [expected, actual] = [tensor.dataSync(), (fast[index] as tf.Tensor).dataSync()];
    for (const [entry, value] of expected.entries()) {
      expect(Math.abs((actual[entry] as number) - value)).toBeLessThan(2e-5);
    }
  }
  await compiled.dispose();
});
