import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BinaryIGR,
  Concrete,
  createRng,
  distanceToVertex,
  IGR,
  InfiniteIGR,
  klDivergence,
  OneHotCategorical,
  RelaxedBernoulli,
} from "../src/index.js";

// The wasm backend copies what a custom gradient saves, which tfjs takes for a leak in its test mode.
beforeAll(() => tf.env().set("IS_TEST", false));

afterAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});

/** Every relaxed distribution by every path that training takes, as one number. */
function loss(loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor): tf.Scalar {
  const rng = createRng(1);
  const terms: tf.Tensor[] = [];
  for (const transform of ["softmax++", "stick-breaking", "interpolation"] as const) {
    const q = new IGR({ loc, scale, temperature, transform });
    const { value, logProb } = q.sampleAndLogProb(rng, [5], { stickTheLanding: true });
    const hard = q.sample(rng, [3], { hard: true });
    const logs = q.sampleLogAndLogProb(rng, [2]);
    const p = new IGR({ loc: [0, 0], scale: 1, temperature, transform });
    terms.push(logProb, distanceToVertex(value), tf.mul([1, 2, 3], hard), logs.value, logs.logProb, klDivergence(q, p));
  }
  const concrete = new Concrete({ temperature, logits: loc });
  terms.push(concrete.logProb([0.2, 0.8]), concrete.sampleAndLogProb(rng, [4]).logProb);
  const other = new Concrete({ temperature: 0.9, logits: [0, 0] });
  terms.push(klDivergence(concrete, other, { rng, samples: 4, stickTheLanding: true }));
  const bits = [new RelaxedBernoulli({ temperature, logits: loc }), new BinaryIGR({ loc, scale, temperature })];
  for (const bit of bits) {
    terms.push(bit.logProb([0.3, 0.6]), bit.sampleLogAndLogProb(rng, [4]).logProb, bit.discrete().logProb([1, 0]));
  }
  return tf.addN(terms.map((term) => tf.sum(term))) as tf.Scalar;
}

test("values and gradients on the wasm backend are those of the cpu backend", async () => {
  const results: number[][] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    expect(tf.getBackend()).toBe(backend);
    const inputs = [tf.tensor1d([0.3, -0.2]), tf.tensor1d([0.5, 0.8]), tf.scalar(0.6)];
    const { value, grads } = tf.valueAndGrads(loss)(inputs);
    results.push([value, ...grads].flatMap((tensor) => [...tensor.dataSync()]));
  }
  expect(results[1]).toBeAllClose(results[0] as number[], { rtol: 1e-4, atol: 1e-4 });
});

test("probabilities of categories, cut samples and one-hot draws on the wasm backend are those of the cpu backend", async () => {
  const results: number[][] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const [loc, scale] = [tf.tensor1d([-0.7, -0.4, -0.5, 1]), tf.tensor1d([0.5, 0.8, 1, 0.4])];
    const { value, grads } = tf.valueAndGrads((l: tf.Tensor, s: tf.Tensor) => {
      const cut = new InfiniteIGR({ loc: l, scale: s, temperature: 0.5, rho: 0.7, onCap: "ignore" });
      const { value: logZ, logProb } = cut.sampleLogAndLogProb(createRng(1), [6], { stickTheLanding: true });
      const induced = new IGR({ loc: l, scale: s, temperature: 0.5 }).discreteProbs();
      const weighted = tf.mul(tf.exp(logZ), [1, 2, 3, 4, 5]);
      const terms = [logProb, cut.logProbFromLog(logZ), weighted, tf.mul(induced, [1, 2, 3, 4, 5])];
      return tf.addN(terms.map((term) => tf.sum(term))) as tf.Scalar;
    })([loc, scale]);
    const draws = new OneHotCategorical({ logits: loc }).sample(createRng(2), [20]);
    results.push([value, ...grads, draws].flatMap((tensor) => [...tensor.dataSync()]));
  }
  expect(results[1]).toBeAllClose(results[0] as number[], { rtol: 1e-4, atol: 1e-4 });
});

test("on wasm, too, limits at the edge have their sign at a temperature next to 1", async () => {
  await tf.setBackend("wasm");
  const edge = [0, 1];
  expect(new RelaxedBernoulli({ temperature: 1 - 2 ** -24, logits: 0 }).logProb(edge)).toBeAllClose([
    Infinity,
    Infinity,
  ]);
  expect(new RelaxedBernoulli({ temperature: 1, logits: 0.5 }).logProb(edge)).toBeAllClose([-0.5, 0.5]);
});

test.each(["softmax++", "stick-breaking", "interpolation"] as const)(
  "the induced probabilities of '%s' and their gradients on wasm are those on cpu",
  async (transform) => {
    const results: number[][] = [];
    for (const backend of ["cpu", "wasm"]) {
      await tf.setBackend(backend);
      const inputs = [tf.tensor1d([0.3, -0.2, 1]), tf.tensor1d([0.5, 0.02, 8])];
      const { value, grads } = tf.valueAndGrads((loc: tf.Tensor, scale: tf.Tensor) => {
        const igr = new IGR({ loc, scale, temperature: 0.6, transform });
        const logs = tf.slice(igr.discreteLogProbs({ samples: 256 }), 0, 3);
        return tf.add(tf.sum(tf.mul([1, 2, 3], logs)), tf.sum(tf.square(igr.discreteProbs({ samples: 256 }))));
      })(inputs);
      results.push([value, ...grads].flatMap((tensor) => [...tensor.dataSync()]));
    }
    expect(results[1]).toBeAllClose(results[0] as number[], { rtol: 1e-3, atol: 1e-3 });
  },
);
