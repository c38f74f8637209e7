import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import {
  Affine,
  Block,
  Chain,
  Exp,
  Invert,
  isSimplexBijector,
  OpenSimplex,
  Permute,
  Planar,
  Sigmoid,
  SoftmaxPlusPlus,
  Softplus,
  StickBreaking,
  stickBreakingSoftmax,
} from "../index.js";

const planar = new Planar({ u: [1, -0.5, 0.3], w: [0.4, 0.2, -1], b: 0.1 });
const toSimplex = new Chain([
  new SoftmaxPlusPlus({ temperature: 0.5 }),
  planar,
  new Affine({ shift: [1, 0, -1], scale: -0.7 }),
]);

bijectorLaws("Chain of elementwise maps", new Chain([new Softplus(), new Affine({ scale: -2 })]), {
  size: 3,
  low: -1,
  high: 1,
});
bijectorLaws("Chain onto the simplex through a flow", toSimplex, { size: 3, low: -1, high: 1 });
bijectorLaws(
  "Chain of a batch of affine maps and a permutation",
  new Chain([
    new Permute({ permutation: [1, 0] }),
    new Affine({
      scale: [
        [1, 2],
        [3, 4],
      ],
    }),
  ]),
  {
    size: 2,
    low: -1,
    high: 1,
  },
);
bijectorLaws("Block", new Block(new Softplus(), 1), { size: 3, low: -1, high: 1 });
bijectorLaws("Invert of a map onto the simplex", new Invert(new SoftmaxPlusPlus({ temperature: 1 })), {
  size: 3,
  low: -1,
  high: 1,
  chart: (free) => tf.softmax(tf.concat([free, tf.zeros([...free.shape.slice(0, -1), 1])], -1)),
});
bijectorLaws(
  "Chain that leaves the simplex again",
  new Chain([new OpenSimplex(), new StickBreaking(), new Sigmoid()]),
  {
    size: 3,
    low: -1,
    high: 1,
  },
);

test("Chain([g, f]) is g after f", () => {
  const chain = new Chain([new Exp(), new Affine({ shift: 1, scale: 2 })]);
  expect(chain.forward(0.5)).toBeAllClose(Math.exp(2));
  expect(chain.inverse(Math.exp(2))).toBeAllClose(0.5);
});

test("a scalar Affine before a map of R^D counts D log |scale|", () => {
  const softmax = new SoftmaxPlusPlus({ temperature: 1 });
  const chain = new Chain([softmax, new Affine({ scale: 3 })]);
  const x = tf.tensor2d([
    [0.1, 0.2, 0.3],
    [1, 2, 3],
  ]);
  const expected = tf.add(softmax.forwardLogDetJacobian(tf.mul(3, x)), 3 * Math.log(3));
  expect(chain.forwardLogDetJacobian(x)).toBeAllClose(expected);
});

test("Block sums over as many axes as it takes for one event", () => {
  const x = tf.tensor3d([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]);
  expect(new Block(new Exp(), 2).forwardLogDetJacobian(x)).toBeAllClose(tf.tensor1d([10, 26]));
  expect(new Block(new Permute({ permutation: [1, 0] }), 2).forwardLogDetJacobian(x)).toBeAllClose(tf.tensor1d([0, 0]));
  expect(
    new Block(
      new Affine({
        scale: [
          [1, 2],
          [3, 4],
        ],
      }),
      1,
    ).batchShape,
  ).toEqual([2]);
});

test("nested chains are one chain, and stick-breaking of sigmoids is fused across them", () => {
  const nested = new Chain([new Chain([new StickBreaking()]), new Chain([new Sigmoid(), new Affine({ scale: 2 })])]);
  expect(nested.bijectors).toHaveLength(3);
  expect(nested.forwardLog([10, 10])).toBeAllClose([-Math.log1p(Math.exp(-20)), -20, -40], { rtol: 1e-6 });
});

test("equal chains have equal parts in the same order; trainable ones by identity", () => {
  expect(stickBreakingSoftmax({ temperature: 0.5 }).equals(stickBreakingSoftmax({ temperature: 0.5 }))).toBe(true);
  expect(stickBreakingSoftmax({ temperature: 0.5 }).equals(stickBreakingSoftmax({ temperature: 0.4 }))).toBe(false);
  expect(new Chain([new Exp(), new Affine()]).equals(new Chain([new Affine(), new Exp()]))).toBe(false);
  expect(new Chain([new Exp()]).equals(new Chain([new Exp(), new Affine()]))).toBe(false);
  expect(new Exp().equals(new Softplus())).toBe(false);
  expect(new Invert(new Exp()).equals(new Invert(new Exp()))).toBe(true);
  expect(new Block(new Exp(), 1).equals(new Block(new Exp(), 2))).toBe(false);
  const [u, w] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))];
  const flow = () => new Chain([new SoftmaxPlusPlus({ temperature: 1 }), new Planar({ u, w })]);
  expect(flow().equals(flow())).toBe(true);
  expect(flow().trainableVariables).toEqual([u, w]);
  expect(flow().equals(new Chain([new SoftmaxPlusPlus({ temperature: 1 }), new Planar({ u: u.clone(), w })]))).toBe(
    false,
  );
  tf.dispose([u, w]);
});

describe("a chain that does not end on the simplex", () => {
  const chain = new Chain([new Exp(), new Affine()]);

  test("is not a simplex bijector and names its last map", () => {
    expect(isSimplexBijector(chain)).toBe(false);
    expect(isSimplexBijector(toSimplex)).toBe(true);
    expect(isSimplexBijector(new Exp())).toBe(false);
    expect(() => chain.forwardLog([1])).toThrow(
      new TypeError("Chain.forwardLog: the last map must be one onto the simplex, got Exp"),
    );
    expect(() => chain.inverseFromLogAndLogDet([1])).toThrow(
      "Chain.inverseFromLog: the last map must be one onto the simplex",
    );
  });
});

test("refuses an empty chain, and a block of too low a rank", () => {
  expect(() => new Chain([])).toThrow(new RangeError("Chain: bijectors must hold at least 1 bijector, got []"));
  expect(() => new Chain([3 as never])).toThrow(new TypeError("Chain: bijectors must be an array of bijectors, got 3"));
  expect(() => new Block(new Permute({ permutation: [0] }), 0)).toThrow(
    new RangeError("Block: eventRank must be a whole number >= 1, that of Permute, got 0"),
  );
  expect(() => new Block(new Exp(), 0.5)).toThrow("Block: eventRank must be a whole number >= 0, that of Exp, got 0.5");
});

test("an error in a part names the part", () => {
  expect(() => toSimplex.inverse([[1]])).toThrow(
    "SoftmaxPlusPlus.inverseFromLogAndLogDet: logY needs at least 2 categories",
  );
  expect(() => toSimplex.forwardEventShape([7, 4])).toThrow("Planar.forwardEventShape: shape needs 3 coordinates");
});
