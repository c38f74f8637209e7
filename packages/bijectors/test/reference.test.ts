import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  type Bijector,
  Chain,
  Planar,
  type PlanarOptions,
  Radial,
  type RadialOptions,
  Sigmoid,
  SoftmaxPlusPlus,
  type SoftmaxPlusPlusOptions,
  StickBreaking,
  stickBreakingSoftmax,
  VertexInterpolation,
} from "../src/index.js";

interface Reference {
  readonly map: string;
  readonly options: unknown;
  readonly x: number[][];
  readonly y: number[][];
  readonly logDet: number[];
}

const sticks = () => [new StickBreaking(), new Sigmoid()];
const makers: Record<string, (options: never) => Bijector> = {
  "softmax++": (options: SoftmaxPlusPlusOptions) => new SoftmaxPlusPlus(options),
  "stick-breaking": () => new Chain(sticks()),
  interpolation: (options: SoftmaxPlusPlusOptions) => new Chain([new VertexInterpolation(options), ...sticks()]),
  "stick-breaking-softmax": (options: SoftmaxPlusPlusOptions) => stickBreakingSoftmax(options),
  planar: (options: PlanarOptions) => new Planar(options),
  radial: (options: RadialOptions) => new Radial(options),
};

const file = new URL("./fixtures/maps.json", import.meta.url);
const { cases, versions } = JSON.parse(readFileSync(file, "utf8")) as {
  cases: Reference[];
  versions: Record<string, string>;
};

describe(`values and log-determinants of other libraries (${JSON.stringify(versions)})`, () => {
  test("every map is there", () => {
    expect(new Set(cases.map((each) => each.map))).toEqual(new Set(Object.keys(makers)));
  });

  test.each(cases.map((each) => [each.map, each.x[0]?.length, each] as const))(
    "%s of %d coordinates",
    (map, _, each) => {
      const make = makers[map] as (options: unknown) => Bijector;
      const bijector = make(each.options);
      const y = tf.tensor2d(each.y, undefined, "float32");
      const { value, logDet } = bijector.forwardAndLogDet(each.x);
      expect(value).toBeAllClose(y, { rtol: 2e-5, atol: 1e-6 });
      expect(logDet).toBeAllClose(each.logDet, { rtol: 1e-5, atol: 1e-5 });
      // Near the edge of eq 24's image its pre-image is a difference of numbers near 1, and float32 has few digits of it.
      const tolerance = map === "stick-breaking-softmax" ? 1e-2 : 1e-3;
      expect(bijector.inverseLogDetJacobian(value)).toBeAllClose(
        each.logDet.map((number) => -number),
        { rtol: tolerance, atol: tolerance },
      );
    },
  );
});
