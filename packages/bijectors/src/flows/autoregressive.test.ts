import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { denseNetwork, maskedNetwork } from "../../test/networks.js";
import { uniformTensor } from "../../test/numbers.js";
import {
  autoregressiveMasks,
  Chain,
  DenseNetwork,
  InverseAutoregressive,
  Invert,
  MaskedAutoregressive,
  Permute,
  splineTransformer,
} from "../index.js";

const domain = { size: 3, low: -1.4, high: 1.4, step: 2 ** -6 };
const spline = splineTransformer({ bins: 3, bound: 2 });
const splines = () => maskedNetwork(7, { size: 3, outputs: 8 });

bijectorLaws(
  "MaskedAutoregressive",
  new MaskedAutoregressive({ size: 3, network: maskedNetwork(1, { size: 3, outputs: 2 }) }),
  domain,
);
bijectorLaws(
  "MaskedAutoregressive in context, in batches of networks",
  new MaskedAutoregressive({
    size: 3,
    network: maskedNetwork(3, { size: 3, outputs: 2, contextSize: 2 }, [2]),
    context: uniformTensor(5, [2, 2], -1, 1),
  }),
  domain,
);
bijectorLaws(
  "MaskedAutoregressive of splines",
  new MaskedAutoregressive({ size: 3, network: splines(), transformer: spline }),
  { ...domain, step: 2 ** -8 },
);
bijectorLaws(
  "InverseAutoregressive",
  new InverseAutoregressive({ size: 3, network: maskedNetwork(9, { size: 3, outputs: 2 }) }),
  domain,
);
bijectorLaws(
  "Chain of inverse autoregressive flows, reversed between",
  new Chain([
    new InverseAutoregressive({ size: 3, network: maskedNetwork(11, { size: 3, outputs: 2 }) }),
    new Permute({ permutation: [2, 1, 0] }),
    new InverseAutoregressive({ size: 3, network: maskedNetwork(13, { size: 3, outputs: 2 }) }),
  ]),
  domain,
);
bijectorLaws(
  "MaskedAutoregressive on the line",
  new MaskedAutoregressive({ size: 1, network: maskedNetwork(15, { size: 1, outputs: 2 }) }),
  { ...domain, size: 1 },
);

/** d output / d x at x, `[outputs, inputs]`. */
function jacobian(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): number[][] {
  const outputs = f(x).size;
  return Array.from({ length: outputs }, (_, k) =>
    Array.from(
      tf
        .grad((each) => tf.gather(f(each), k))(x)
        .dataSync<"float32">(),
    ),
  );
}

describe("autoregressiveMasks", () => {
  test("outputs for coordinate k depend on each coordinate before k, and on no other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 5, max: 9 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer(),
        (size, hidden, outputs, contextSize, seed) => {
          tf.tidy(() => {
            const masks = autoregressiveMasks({ size, hidden, outputs, contextSize });
            const network = denseNetwork(seed, [size + contextSize, ...hidden, size * outputs], { masks });
            const input = uniformTensor(seed, [size + contextSize], -1, 1);
            for (const [index, row] of jacobian((x) => network.apply(x), input).entries()) {
              const k = Math.floor(index / outputs);
              for (const [i, slope] of row.slice(0, size).entries()) {
                expect(slope !== 0, `output ${index}, input ${i}`).toBe(i < k);
              }
              expect(row.slice(size).every((slope) => slope !== 0)).toBe(true);
            }
          });
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe("autoregressive flows", () => {
  const network = maskedNetwork(17, { size: 3, outputs: 2 });

  test("their Jacobians are lower triangular", () => {
    for (const Flow of [MaskedAutoregressive, InverseAutoregressive]) {
      const flow = new Flow({ size: 3, network });
      const x = uniformTensor(19, [3], -1, 1);
      for (const f of [(each: tf.Tensor) => flow.forward(each), (each: tf.Tensor) => flow.inverse(each)]) {
        for (const [k, row] of jacobian(f, x).entries()) {
          expect(row.map((slope) => slope !== 0)).toEqual([0, 1, 2].map((i) => i <= k));
        }
      }
    }
  });

  test("a spline flow of one direction is the inverse of the other with the map inverted", () => {
    // MAF: y_k = T(x_k; y_<k). Its inverse reads x_k = T^-1(y_k; y_<k), so that IAF with T^-1 undoes it.
    const inverted = { ...spline, bijector: (numbers: tf.Tensor) => new Invert(spline.bijector(numbers)) };
    const forth = new MaskedAutoregressive({ size: 3, network: splines(), transformer: spline });
    const back = new InverseAutoregressive({ size: 3, network: splines(), transformer: inverted });
    const x = uniformTensor(21, [20, 3], -1.5, 1.5);
    expect(back.forward(forth.forward(x))).toBeAllClose(x, { rtol: 1e-4, atol: 1e-4 });
  });

  test("a network that overflows on wrong guesses does no harm to the pass by coordinates", () => {
    // s_2 = 60 y_1^2: at the right y_1 = 0.1 it is small.
    const steep = (y: tf.Tensor) => {
      const [first] = tf.unstack(y, -1) as [tf.Tensor];
      const zero = tf.zerosLike(first);
      return tf.stack([zero, tf.fill(first.shape, -40), zero, tf.mul(60, tf.square(first))], -1);
    };
    const flow = new MaskedAutoregressive({ size: 2, network: steep });
    expect(flow.inverse(flow.forward([30, 2]))).toBeAllClose([30, 2], { rtol: 1e-3 });
  });

  test("equal networks make equal flows", () => {
    const flow = new MaskedAutoregressive({ size: 3, network });
    expect(flow.equals(new MaskedAutoregressive({ size: 3, network }))).toBe(true);
    expect(flow.equals(new InverseAutoregressive({ size: 3, network }))).toBe(false);
    expect(flow.equals(new MaskedAutoregressive({ size: 3, network: (x) => network.apply(x) }))).toBe(false);
    const masks = autoregressiveMasks({ size: 1, hidden: [], outputs: 2 });
    const kernel = tf.variable(tf.ones([1, 2]));
    const dense = () => new DenseNetwork({ kernels: [kernel], biases: [[0, 0]], masks });
    const both = [dense(), dense()].map((each) => new MaskedAutoregressive({ size: 1, network: each }));
    expect(both[0]?.equals(both[1])).toBe(true);
    expect(both[0]?.trainableVariables).toEqual([kernel]);
    kernel.dispose();
  });

  test.each([
    [
      () => new MaskedAutoregressive({ size: 0, network }),
      "MaskedAutoregressive: size must be a whole number >= 1, got 0",
    ],
    [
      () => new InverseAutoregressive({ size: 2, network: undefined as never }),
      "InverseAutoregressive: network must be a function, a layer or a network, got undefined",
    ],
    [
      () => new InverseAutoregressive({ size: 2, network: (x) => x }).forward([1, 2]),
      "InverseAutoregressive: network must return a tensor [..., 4], got [2]",
    ],
    [
      () => new InverseAutoregressive({ size: 2, network }).forward([1, 2, 3]),
      "InverseAutoregressive.forward: x needs 2 coordinates on its last axis, got shape [3]",
    ],
    [
      () => new DenseNetwork({ kernels: [], biases: [] }),
      "DenseNetwork: kernels, biases and masks must be as many, got 0, 0 and none",
    ],
    [
      () => new DenseNetwork({ kernels: [[[1]]], biases: [[1]], activation: "sin" as never }),
      "DenseNetwork: activation must be 'tanh', 'relu' or 'elu', got 'sin'",
    ],
  ])("refuses %o", (call, message) => {
    expect(call).toThrow(message);
  });
});
