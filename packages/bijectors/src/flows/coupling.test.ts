import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { denseLayer, denseNetwork } from "../../test/networks.js";
import { uniformTensor } from "../../test/numbers.js";
import { affineTransformer, Chain, Coupling, Permute, RealNVP, splineTransformer } from "../index.js";

const domain = { size: 3, low: -1.4, high: 1.4, step: 2 ** -6 };
const spline = splineTransformer({ bins: 3, bound: 2 });

bijectorLaws("RealNVP", new RealNVP({ mask: [1, 0, 0], network: denseNetwork(1, [1, 6, 4]) }), domain);
bijectorLaws(
  "RealNVP in context, in batches of networks",
  new RealNVP({
    mask: [true, false, true],
    network: denseNetwork(5, [4, 6, 2], { batch: [2] }),
    context: uniformTensor(9, [2, 2], -1, 1),
  }),
  domain,
);
bijectorLaws(
  "Coupling of splines",
  new Coupling({ mask: [0, 1, 1], network: denseNetwork(11, [2, 6, 8]), transformer: spline }),
  { ...domain, step: 2 ** -8 },
);
bijectorLaws(
  "Chain of couplings with a reversal between them",
  new Chain([
    new RealNVP({ mask: [1, 1, 0], network: denseNetwork(15, [2, 6, 2]) }),
    new Permute({ permutation: [2, 1, 0] }),
    new RealNVP({ mask: [1, 0, 0], network: denseNetwork(19, [1, 6, 4]) }),
  ]),
  domain,
);

describe("RealNVP", () => {
  test("is exp(s) x + t on what the mask moves, whatever the network is given as", () => {
    const layer = denseLayer(21, 2, 2);
    const kernel = layer.trainableWeights[0]?.read() as tf.Tensor;
    const bias = layer.trainableWeights[1]?.read() as tf.Tensor;
    const x = uniformTensor(23, [4, 5, 3], -2, 2);
    const [x0, x1, x2] = tf.unstack(x, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const outputs = tf.add(tf.sum(tf.mul(tf.expandDims(tf.stack([x0, x2], 2), -1), kernel), -2), bias);
    const [shift, raw] = tf.unstack(outputs, 2) as [tf.Tensor, tf.Tensor];
    const s = tf.mul(5, tf.tanh(tf.div(raw, 5)));
    const expected = tf.stack([x0, tf.add(tf.mul(tf.exp(s), x1), shift), x2], 2);
    const column = (k: number) => (input: tf.Tensor) => {
      const all = layer.apply(tf.reshape(input, [-1, 2]));
      return tf.reshape(tf.slice(all, [0, k], [-1, 1]), [...input.shape.slice(0, -1), 1]);
    };
    const flows = [
      new RealNVP({ mask: [1, 0, 1], network: layer }),
      new RealNVP({ mask: [1, 0, 1], shift: column(0), logScale: column(1) }),
    ];
    for (const flow of flows) {
      const { value, logDet } = flow.forwardAndLogDet(x);
      expect(value).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
      expect(logDet).toBeAllClose(s, { rtol: 1e-5, atol: 1e-5 });
    }
    expect(flows[0]?.trainableVariables).toEqual([kernel, bias]);
    expect(flows[1]?.trainableVariables).toEqual([]);
  });

  test("the context enters the network, and its batch is the flow's", () => {
    const network = denseNetwork(25, [3, 6, 2]);
    const context = uniformTensor(29, [4, 2], -1, 1);
    const flow = new RealNVP({ mask: [1, 0], network, context });
    const x = uniformTensor(30, [1, 2], -1, 1);
    expect(flow.batchShape).toEqual([4]);
    const together = flow.forward(x);
    for (const [index, row] of tf.unstack(context).entries()) {
      const alone = new RealNVP({ mask: [1, 0], network, context: row }).forward(x);
      expect(alone).toBeAllClose(tf.slice(together, [index, 0], [1, 2]));
    }
  });

  test("scales stay finite however large the network's outputs", () => {
    for (const huge of [1e4, -1e4, 1e30]) {
      const flow = new RealNVP({ mask: [1, 0], network: (x) => tf.add(tf.mul(0, tf.concat([x, x], -1)), [0, huge]) });
      const { value, logDet } = flow.forwardAndLogDet([1, 2]);
      expect(logDet).toBeAllClose(5 * Math.sign(huge), { rtol: 1e-5 });
      expect(flow.inverse(value)).toBeAllClose([1, 2], { rtol: 1e-5 });
    }
  });

  test("equal networks, masks and contexts make equal flows", () => {
    const [shift, logScale] = [(x: tf.Tensor) => x, (x: tf.Tensor) => tf.neg(x)];
    const make = (mask = [1, 0]) => new RealNVP({ mask, shift, logScale });
    expect(make().equals(make())).toBe(true);
    expect(make().equals(make([0, 1]))).toBe(false);
    expect(make().equals(new RealNVP({ mask: [1, 0], shift, logScale: shift }))).toBe(false);
    expect(make().equals(new RealNVP({ mask: [1, 0], shift, logScale, maxLogScale: 2 }))).toBe(false);
  });

  test.each([
    [
      () => new RealNVP({ mask: [1, 1], network: tf.neg }),
      "RealNVP: mask must keep 1 coordinate at least and move another, got [1,1]",
    ],
    [
      () => new RealNVP({ mask: [0], network: tf.neg }),
      "RealNVP: mask must keep 1 coordinate at least and move another, got [0]",
    ],
    [
      () => new RealNVP({ mask: [1, 0], network: 3 as never }),
      "RealNVP: network must be a function, a layer or a network, got 3",
    ],
    [
      () => new RealNVP({ mask: [1, 0], network: (x) => x }).forward([1, 2]),
      "RealNVP: network must return a tensor [..., 2], got [1]",
    ],
    [
      () => new RealNVP({ mask: [1, 0], shift: () => "x" as never, logScale: tf.neg }).forward([1, 2]),
      "RealNVP: shift must return a tensor [..., 1], got x",
    ],
    [
      () => new RealNVP({ mask: [1, 0], network: tf.neg }).forward([1]),
      "RealNVP.forward: x needs 2 coordinates on its last axis, as many as the mask, got shape [1]",
    ],
    [() => affineTransformer({ maxLogScale: 0 }), "affineTransformer: maxLogScale must be a finite number > 0, got 0"],
    [() => splineTransformer({ bins: 1 }), "splineTransformer: bins must be a whole number >= 2, got 1"],
    [() => splineTransformer({ bound: -1 }), "bound must be a number in (0, Infinity), got -1"],
    [
      () => new Coupling({ mask: [1, 0], network: tf.neg } as never),
      "Coupling: transformer must be one such as affineTransformer() or splineTransformer(), got undefined",
    ],
    [
      () => new RealNVP({ shift: tf.neg, logScale: tf.neg } as never),
      "RealNVP: mask must be an array of 0 and 1, got undefined",
    ],
  ])("refuses %o", (call, message) => {
    expect(call).toThrow(message);
  });
});
