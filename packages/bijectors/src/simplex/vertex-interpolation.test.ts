import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws, ontoSimplex, parameterLaws } from "../../test/laws.js";
import { Chain, OpenSimplex, Sigmoid, StickBreaking, VertexInterpolation } from "../index.js";

// A leader that no step of a finite difference overtakes: the map jumps where the largest coordinate changes.
const withLeader = (free: tf.Tensor) => ontoSimplex(tf.add(free, tf.tensor1d([3, 0, 0])));
const domain = { size: 3, low: -1, high: 1 };

describe.each([0.05, 0.5, 1])("VertexInterpolation at temperature %d", (temperature) => {
  bijectorLaws("the interpolation", new VertexInterpolation({ temperature }), { ...domain, chart: withLeader });
});
bijectorLaws("VertexInterpolation of a batch of temperatures", new VertexInterpolation({ temperature: [0.2, 0.9] }), {
  ...domain,
  chart: withLeader,
});
bijectorLaws("eq 23", new Chain([new VertexInterpolation({ temperature: 0.3 }), new StickBreaking(), new Sigmoid()]), {
  size: 3,
  low: -2,
  high: -1.2,
});
parameterLaws(
  "eq 23",
  (temperature) => new Chain([new VertexInterpolation({ temperature }), new StickBreaking(), new Sigmoid()]),
  [[0.5]],
  { size: 2, low: -2, high: -1.2, step: 2 ** -6 },
);
bijectorLaws("OpenSimplex", new OpenSimplex(), { ...domain, chart: ontoSimplex });

test("equation 23, by hand: the nearest vertex is that of the largest of all K coordinates", () => {
  const interpolation = new VertexInterpolation({ temperature: 0.25 });
  expect(interpolation.forward([0.3, 0.3, 0.4])).toBeAllClose([0.075, 0.075, 0.85]);
  expect(interpolation.forwardLogDetJacobian([0.3, 0.3, 0.4])).toBeAllClose(2 * Math.log(0.25));
  expect(interpolation.inverse([0.075, 0.075, 0.85])).toBeAllClose([0.3, 0.3, 0.4]);
});

test("outside its image the density is 0, and 'values' refuses", () => {
  const point = tf.tensor1d([0.5, 0.3, 0.2]);
  const { value, logDet } = new VertexInterpolation({ temperature: 0.1 }).inverseAndLogDet(point);
  expect(logDet.dataSync()[0]).toBe(Number.NEGATIVE_INFINITY);
  expect(value.dataSync().every(Number.isFinite)).toBe(true);
  expect(() => new VertexInterpolation({ temperature: 0.1, validate: "values" }).inverse(point)).toThrow(
    "VertexInterpolation.inverse: y needs points near enough to a vertex",
  );
  const eq23 = new Chain([new VertexInterpolation({ temperature: 0.1 }), new StickBreaking(), new Sigmoid()]);
  expect(eq23.inverseLogDetJacobian(point).dataSync()[0]).toBe(Number.NEGATIVE_INFINITY);
});

test("the logarithm of the largest coordinate is exact however near it is to 1", () => {
  const eq23 = new Chain([new VertexInterpolation({ temperature: 0.01 }), new StickBreaking(), new Sigmoid()]);
  const u = 1 / (1 + Math.exp(12));
  expect(eq23.forwardLog([-12])).toBeAllClose([Math.log(0.01 * u), Math.log1p(-0.01 * u)], { rtol: 1e-6, atol: 0 });
});

test.each([0, -0.5, 1.01, Number.NaN])("refuses the temperature %d", (temperature) => {
  expect(() => new VertexInterpolation({ temperature })).toThrow(
    new RangeError(`VertexInterpolation: temperature must be a number in (0, 1], got ${temperature}`),
  );
});

test("refuses one category, and with 'values' points off the simplex", () => {
  expect(() => new VertexInterpolation({ temperature: 1 }).forward([1])).toThrow(
    "VertexInterpolation.forward: x needs at least 2 categories on its last axis, got shape [1]",
  );
  expect(() => new VertexInterpolation({ temperature: 1, validate: "values" }).forward([1, 1])).toThrow(
    "VertexInterpolation.forward: x needs coordinates that sum to 1 on its last axis, got a sum of 2 in row 0",
  );
});

describe("OpenSimplex", () => {
  test("leaves the last coordinate out and puts it back", () => {
    expect(new OpenSimplex().forward([0.5, 0.3, 0.2])).toBeAllClose([0.5, 0.3]);
    expect(new OpenSimplex().inverse([0.5, 0.3])).toBeAllClose([0.5, 0.3, 0.2]);
  });

  test("outside its image the density is 0, and 'values' refuses", () => {
    const points = tf.tensor2d([
      [0.7, 0.7],
      [-0.1, 0.5],
      [0.5, 0.4],
    ]);
    const { value, logDet } = new OpenSimplex().inverseAndLogDet(points);
    expect(logDet).toBeAllClose([-Infinity, -Infinity, 0]);
    expect(tf.min(value).dataSync()[0]).toBeGreaterThan(0);
    const strict = new OpenSimplex({ validate: "values" });
    expect(() => strict.inverse([0.7, 0.7])).toThrow("OpenSimplex.inverse: y needs coordinates whose sum is below 1");
    expect(() => strict.inverse([-0.1, 0.5])).toThrow("OpenSimplex.inverse: y needs coordinates > 0");
    expect(() => strict.forward([0.7, 0.7])).toThrow("OpenSimplex.forward: x needs coordinates that sum to 1");
  });

  test("refuses too few categories", () => {
    expect(() => new OpenSimplex().forward([1])).toThrow("OpenSimplex.forward: x needs at least 2 categories");
    expect(() => new OpenSimplex().inverse(1)).toThrow("OpenSimplex.inverse: y needs at least 1 axis, got shape []");
  });
});
