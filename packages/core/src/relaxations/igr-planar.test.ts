import { planarFlow, planarSoftmax, SoftmaxPlusPlus, TrainableFlow } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { IGR } from "./igr.js";

const variables = 3;
const gaussian = { loc: tf.tensor2d([[0.5, -0.4]]), scale: tf.tensor2d([[0.8, 1.2]]) };
const planar = (depth: number) =>
  new TrainableFlow(planarFlow({ size: 2, depth }), { rng: createRng(depth), batchShape: [variables] });

describe.each([2, 5, 10])("IGR with %d planar flows, one stack for each variable", (depth) => {
  const flow = planar(depth);

  test("samples lie on the simplex, in batches of the variables", () => {
    const z = new IGR({ ...gaussian, temperature: 0.5, transform: flow }).sample(createRng(1), [64]);
    expect(z.shape).toEqual([64, variables, 3]);
    expect(tf.sum(z, -1)).toBeAllClose(tf.ones([64, variables]), { atol: 1e-6 });
  });

  test("its density is the Gaussian's less the log-determinant by automatic differentiation", () => {
    const igr = new IGR({ ...gaussian, temperature: 0.7, transform: flow });
    const { value, preImage } = igr.sampleWithPreImage(createRng(2), [4]);
    const rows = [0, 1].map((k) =>
      tf
        .grad((y) => tf.sum(tf.gather(igr.bijector.forward(y), k, 2)))(preImage)
        .arraySync(),
    ) as number[][][][];
    const at = (k: number, draw: number, variable: number, j: number) => rows[k]![draw]![variable]![j]!;
    const logDets = Array.from({ length: 4 }, (_, draw) =>
      Array.from({ length: variables }, (_, n) =>
        Math.log(Math.abs(at(0, draw, n, 0) * at(1, draw, n, 1) - at(0, draw, n, 1) * at(1, draw, n, 0))),
      ),
    );
    const expected = tf.sub(igr.base.logProb(preImage), tf.tensor2d(logDets));
    expect(igr.logProb(value)).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-3 });
    expect(igr.sampleAndLogProb(createRng(2), [4]).logProb).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
  });

  test("a flow that posterior and prior share leaves the Gaussians' divergence (eq 19)", () => {
    const prior = { loc: [0, 0.2], scale: [1, 1.5] };
    const through = klDivergence(
      new IGR({ ...gaussian, temperature: 0.1, transform: flow }),
      new IGR({ ...prior, temperature: 0.1, transform: flow }),
    );
    const exact = klDivergence(
      new IGR({ ...gaussian, temperature: 0.1 }),
      new IGR({ ...prior, temperature: 0.1 }),
    ).dataSync()[0] as number;
    expect(through).toBeAllClose([exact, exact, exact]);
  });

  test("against a prior without the flow it is Monte Carlo's, with gradients for the flow", () => {
    const q = new IGR({ ...gaussian, temperature: 0.5, transform: flow });
    const p = new IGR({ loc: [0, 0], scale: [1, 1], temperature: 0.5 });
    expect(() => klDivergence(q, p)).toThrow("no closed form for (IGR, IGR)");
    const { value, grads } = tf.variableGrads(
      () => tf.sum(klDivergence(q, p, { rng: createRng(3), samples: 50 })) as tf.Scalar,
      flow.trainableVariables,
    );
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect(Object.keys(grads)).toHaveLength(3 * depth);
    for (const gradient of Object.values(grads)) {
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(0);
    }
  });

  test("Monte Carlo agrees with the closed form within 4 standard errors, where both exist", () => {
    const [q, p] = [gaussian, { loc: [0, 0.2], scale: [1, 1.5] }].map(
      (given) => new IGR({ ...given, temperature: 0.1, transform: flow }),
    ) as [IGR, IGR];
    const exact = klDivergence(q, p).dataSync()[0] as number;
    const estimates = Array.from(
      { length: 20 },
      (_, seed) => klDivergence(q, p, { method: "monte-carlo", rng: createRng(seed), samples: 200 }).dataSync()[0]!,
    );
    const mean = estimates.reduce((sum, each) => sum + each / 20, 0);
    const deviation = Math.sqrt(estimates.reduce((sum, each) => sum + (each - mean) ** 2 / 19, 0));
    expect(Math.abs(mean - exact)).toBeLessThan((4 * deviation) / Math.sqrt(20));
  });

  test("at temperature 1e-3 logarithms, densities and gradients stay finite", () => {
    const cold = new IGR({ ...gaussian, temperature: 1e-3, transform: flow });
    const { logProb, value } = cold.sampleLogAndLogProb(createRng(4), [200]);
    expect(value.dataSync().every(Number.isFinite)).toBe(true);
    expect(logProb.dataSync().every(Number.isFinite)).toBe(true);
    // log z over 1e-3: an error of float32 in y is a thousand times that in log z, and back.
    expect(cold.logProbFromLog(value)).toBeAllClose(logProb, { rtol: 1e-4, atol: 2e-2 });
    const { grads } = tf.variableGrads(
      () => tf.mean(cold.sampleAndLogProb(createRng(5), [200]).logProb) as tf.Scalar,
      flow.trainableVariables,
    );
    for (const gradient of Object.values(grads)) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
  });
});

test("planarSoftmax is the transform with its temperature; shared, it leaves a closed form", () => {
  const transform = planarSoftmax({ categories: 3, depth: 2, temperature: 0.5, rng: createRng(6) });
  const igr = (loc: number[]) => new IGR({ loc, scale: [1, 1], transform });
  expect(klDivergence(igr([1, 0]), igr([0, 0]))).toBeAllClose(0.5);
  const same = new IGR({ loc: [1, 0], scale: [1, 1], transform });
  expect(igr([1, 0]).sample(createRng(7))).toBeAllClose(same.sample(createRng(7)));
  expect(() => new IGR({ loc: [0, 0], scale: [1, 1], transform, temperature: 1 })).toThrow(
    "IGR: a transform that maps onto the simplex has its own parameters; leave out temperature and delta",
  );
});

test("a flow far from the identity still gives the density of its own samples", () => {
  const flow = planar(2);
  for (const variable of flow.trainableVariables) variable.assign(tf.mul(variable, 6));
  const igr = new IGR({ ...gaussian, temperature: 0.2, transform: flow });
  const { value, logProb } = igr.sampleLogAndLogProb(createRng(8), [50]);
  expect(igr.logProbFromLog(value)).toBeAllClose(logProb, { rtol: 5e-3, atol: 5e-3 });
  expect(igr.bijector.equals(new IGR({ ...gaussian, temperature: 0.2, transform: flow }).bijector)).toBe(true);
  expect(igr.bijector instanceof SoftmaxPlusPlus).toBe(false);
});
