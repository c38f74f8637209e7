import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  autoregressiveMasks,
  type Bijector,
  DenseNetwork,
  type DenseNetworkOptions,
  InverseAutoregressive,
  MaskedAutoregressive,
  RationalQuadraticSpline,
  type RationalQuadraticSplineOptions,
  RealNVP,
  Sylvester,
  type SylvesterOptions,
} from "../src/index.js";

interface Reference {
  readonly map: string;
  readonly options: unknown;
  readonly x: number[] | number[][];
  readonly y: number[] | number[][];
  readonly logDet: number[];
}

interface Made extends DenseNetworkOptions {
  readonly size: number;
  readonly hidden: number[];
}

const made = (options: Made) => {
  const { size, hidden } = options;
  return { size, network: new DenseNetwork({ ...options, masks: autoregressiveMasks({ size, hidden, outputs: 2 }) }) };
};

const makers: Record<string, (options: never) => Bijector> = {
  spline: (options: RationalQuadraticSplineOptions) => new RationalQuadraticSpline(options),
  "real-nvp": (options: DenseNetworkOptions & { mask: number[] }) =>
    new RealNVP({ mask: options.mask, network: new DenseNetwork(options) }),
  maf: (options: Made) => new MaskedAutoregressive(made(options)),
  iaf: (options: Made) => new InverseAutoregressive(made(options)),
  sylvester: (options: SylvesterOptions) => new Sylvester(options),
};

const file = new URL("./fixtures/flows.json", import.meta.url);
const { cases, versions } = JSON.parse(readFileSync(file, "utf8")) as {
  cases: Reference[];
  versions: Record<string, string>;
};

describe(`values and log-determinants of other libraries' flows (${JSON.stringify(versions)})`, () => {
  test("every flow is there", () => {
    expect(new Set(cases.map((each) => each.map))).toEqual(new Set(Object.keys(makers)));
  });

  test.each(cases.map((each, index) => [each.map, index, each] as const))("%s, case %d", (map, _, each) => {
    const bijector = (makers[map] as (options: unknown) => Bijector)(each.options);
    const { value, logDet } = bijector.forwardAndLogDet(each.x);
    const y = tf.tensor(each.y, undefined, "float32");
    expect(value).toBeAllClose(y, { rtol: 1e-5, atol: 1e-5 });
    expect(logDet).toBeAllClose(each.logDet, { rtol: 1e-5, atol: 1e-5 });
    const back = bijector.inverseAndLogDet(y);
    expect(back.value).toBeAllClose(tf.tensor(each.x, undefined, "float32"), { rtol: 1e-4, atol: 1e-4 });
    expect(back.logDet).toBeAllClose(tf.neg(each.logDet), { rtol: 1e-4, atol: 1e-4 });
  });
});
