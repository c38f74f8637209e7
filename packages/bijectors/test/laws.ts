import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bijector, isSimplexBijector, Parameter } from "../src/index.js";
import { finiteDifferences, logAbsDeterminant, uniforms, uniformTensor } from "./numbers.js";

export interface Domain {
  /** Free coordinates of an event: D, K-1 on the simplex; for elementwise maps any number. */
  readonly size: number;
  /** Free coordinates are drawn uniformly from this interval. */
  readonly low: number;
  readonly high: number;
  /** How free coordinates make an `x`; absent: they are `x`. */
  readonly chart?: (free: tf.Tensor) => tf.Tensor;
  /** Relative and absolute tolerance of the round trip; 1e-4 by default. */
  readonly tolerance?: number;
  /** Step of the finite differences; 2^-4 by default. */
  readonly step?: number;
}

/** Free coordinates to a point of the simplex: softmax of them and a 0. */
export function ontoSimplex(free: tf.Tensor): tf.Tensor {
  return tf.softmax(tf.concat([free, tf.zeros([...free.shape.slice(0, -1), 1])], -1));
}

/**
 * What holds for every bijector, one test each. The references are not the bijector's own formulas: autodiff Jacobians
 * with determinants in float64, finite differences, and the other direction of the map.
 */
export function bijectorLaws(name: string, bijector: Bijector, domain: Domain): void {
  const { size, low, high, chart = (free: tf.Tensor) => free, tolerance = 1e-4, step } = domain;
  const batch = bijector.batchShape;
  const close = { rtol: tolerance, atol: tolerance };
  const draw = (seed: number, ...outer: number[]) => {
    const axes = bijector.eventRank === 0 && batch.length > 0 ? [] : [size];
    return chart(uniformTensor(seed, [...outer, ...batch, ...axes], low, high));
  };
  const weighted = (result: tf.Tensor, seed: number) =>
    tf.sum(tf.mul(result, uniformTensor(seed, result.shape, -1, 1))) as tf.Scalar;

  describe(`the laws, for ${name}`, () => {
    test("inverse undoes forward, and forward undoes inverse", () => {
      const x = draw(1, 5);
      const y = bijector.forward(x);
      expect(bijector.inverse(y)).toBeAllClose(x, close);
      expect(bijector.forward(bijector.inverse(y))).toBeAllClose(y, close);
    });

    test("inverse undoes forward for generated inputs and batch shapes", () => {
      fc.assert(
        fc.property(fc.integer(), fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }), (seed, outer) => {
          tf.tidy(() => {
            const x = draw(seed, ...outer);
            const { value, logDet } = bijector.forwardAndLogDet(x);
            const back = bijector.inverseAndLogDet(value);
            expect(back.value).toBeAllClose(x, close);
            expect(back.logDet).toBeAllClose(tf.neg(logDet), { rtol: 10 * tolerance, atol: 10 * tolerance });
          });
        }),
        { numRuns: 25, seed: 20201026 },
      );
    });

    test("the log-determinant is log |det J|, J by automatic differentiation", () => {
      const x = draw(2);
      expect(bijector.forwardLogDetJacobian(x)).toBeAllClose(
        jacobianLogDets((each) => bijector.forward(each), bijector, x),
        {
          rtol: 1e-4,
          atol: 1e-4,
        },
      );
    });

    test("the inverse log-determinant is log |det| of the inverse's own Jacobian", () => {
      const y = bijector.forward(draw(3));
      expect(bijector.inverseLogDetJacobian(y)).toBeAllClose(
        jacobianLogDets((each) => bijector.inverse(each), bijector, y),
        { rtol: 10 * tolerance, atol: 10 * tolerance },
      );
    });

    test("the joint methods give what the single ones give", () => {
      const x = draw(4, 2);
      const { value, logDet } = bijector.forwardAndLogDet(x);
      expect(value).toBeAllClose(bijector.forward(x));
      expect(logDet).toBeAllClose(bijector.forwardLogDetJacobian(x));
      const back = bijector.inverseAndLogDet(value);
      expect(back.value).toBeAllClose(bijector.inverse(value));
      expect(back.logDet).toBeAllClose(bijector.inverseLogDetJacobian(value));
    });

    test("shapes are those that the shape methods say", () => {
      const x = draw(5, 2, 3);
      const { value, logDet } = bijector.forwardAndLogDet(x);
      expect(value.shape).toEqual(bijector.forwardEventShape(x.shape));
      expect(bijector.inverseEventShape(value.shape)).toEqual(x.shape);
      const expected = x.shape.slice(0, x.rank - bijector.eventRank);
      expect(logDet.shape).toEqual(expected);
      expect(bijector.forwardLogDetJacobian(x).shape).toEqual(expected);
      expect(bijector.inverseLogDetJacobian(value).shape).toEqual(expected);
    });

    test("an event alone is mapped as in a batch", () => {
      const xs = draw(6, 3);
      const [values, logDets] = [tf.unstack(bijector.forward(xs)), tf.unstack(bijector.forwardLogDetJacobian(xs))];
      for (const [index, x] of tf.unstack(xs).entries()) {
        const { value, logDet } = bijector.forwardAndLogDet(x);
        expect(value).toBeAllClose(values[index] as tf.Tensor);
        expect(logDet).toBeAllClose(logDets[index] as tf.Tensor);
      }
    });

    test.each([
      ["forward", (x: tf.Tensor) => weighted(bijector.forward(x), 11)],
      ["forwardLogDetJacobian", (x: tf.Tensor) => weighted(bijector.forwardLogDetJacobian(x), 12)],
      ["inverse", (x: tf.Tensor) => weighted(bijector.inverse(bijector.forward(x)), 13)],
      ["inverseLogDetJacobian", (x: tf.Tensor) => weighted(bijector.inverseLogDetJacobian(bijector.forward(x)), 14)],
    ] as const)("the gradient through %s is that of finite differences", (_method, f) => {
      const free = uniformTensor(
        7,
        [2, ...batch, ...(bijector.eventRank === 0 && batch.length > 0 ? [] : [size])],
        low,
        high,
      );
      // A result that x does not enter has no gradient at all in tfjs; here it is 0.
      const slope = tf.grad((each) => tf.add(f(chart(each)), tf.mul(0, tf.sum(each))))(free);
      const differences = finiteDifferences(
        (each) => tf.tidy(() => f(chart(each)).dataSync()[0] as number),
        free,
        step,
      );
      expect(slope).toBeAllClose(differences, { rtol: 5e-3, atol: 5e-3 });
    });

    test("only results stay in memory, and the argument stays usable", () => {
      const x = draw(8, 2);
      const y = bijector.forward(x);
      const calls = [
        () => [bijector.forward(x)],
        () => [bijector.inverse(y)],
        () => [bijector.forwardLogDetJacobian(x)],
        () => [bijector.inverseLogDetJacobian(y)],
        () => Object.values(bijector.forwardAndLogDet(x)),
        () => Object.values(bijector.inverseAndLogDet(y)),
      ];
      for (const call of calls) {
        const before = tf.memory().numTensors;
        const results = call() as tf.Tensor[];
        expect(tf.memory().numTensors).toBe(before + results.length);
        tf.dispose(results);
        expect(tf.memory().numTensors).toBe(before);
        expect(x.isDisposed || y.isDisposed).toBe(false);
      }
      for (const parameter of Object.values(bijector.parameters ?? {})) {
        expect(parameter instanceof Parameter && parameter.given?.isDisposed).not.toBe(true);
      }
    });

    test("it equals itself", () => {
      expect(bijector.equals(bijector)).toBe(true);
      expect(bijector.parameters).toBeDefined();
    });

    if (isSimplexBijector(bijector)) {
      test("values lie on the simplex, and log-space methods agree with the plain ones", () => {
        const x = draw(9, 4);
        const { value: y, logDet } = bijector.forwardAndLogDet(x);
        expect(tf.sum(y, -1)).toBeAllClose(tf.onesLike(logDet), { rtol: 0, atol: 1e-6 });
        expect(tf.min(y).dataSync()[0]).toBeGreaterThan(0);
        const logY = bijector.forwardLog(x);
        expect(tf.exp(logY)).toBeAllClose(y);
        const joint = bijector.forwardLogAndLogDet(x);
        expect(joint.value).toBeAllClose(logY);
        expect(joint.logDet).toBeAllClose(logDet, { rtol: 1e-5, atol: 1e-5 });
        const back = bijector.inverseFromLogAndLogDet(logY);
        expect(back.value).toBeAllClose(x, close);
        expect(bijector.inverseFromLog(logY)).toBeAllClose(back.value);
        expect(back.logDet).toBeAllClose(tf.neg(logDet), { rtol: 10 * tolerance, atol: 10 * tolerance });
      });

      test("gradients through the log-space methods are those of finite differences", () => {
        const free = uniformTensor(10, [2, ...batch, size], low, high);
        const functions = [
          (x: tf.Tensor) => weighted(bijector.forwardLog(x), 15),
          (x: tf.Tensor) => weighted(bijector.inverseFromLog(bijector.forwardLog(x)), 16),
          (x: tf.Tensor) => weighted(bijector.inverseFromLogAndLogDet(bijector.forwardLog(x)).logDet, 17),
        ];
        for (const f of functions) {
          // A result that x does not enter has no gradient at all in tfjs; here it is 0.
          const slope = tf.grad((each) => tf.add(f(chart(each)), tf.mul(0, tf.sum(each))))(free);
          const differences = finiteDifferences(
            (each) => tf.tidy(() => f(chart(each)).dataSync()[0] as number),
            free,
            step,
          );
          expect(slope).toBeAllClose(differences, { rtol: 5e-3, atol: 5e-3 });
        }
      });
    }
  });
}

/** Gradients flow from a map and its log-determinants into each tensor that `make` takes as a parameter. */
export function parameterLaws(
  name: string,
  make: (...parameters: tf.Tensor[]) => Bijector,
  parameters: readonly (number[] | number[][])[],
  domain: Domain,
): void {
  const { size, low, high, step } = domain;
  const methods = {
    forward: (bijector: Bijector, x: tf.Tensor) => bijector.forward(x),
    forwardLogDetJacobian: (bijector: Bijector, x: tf.Tensor) => bijector.forwardLogDetJacobian(x),
    inverse: (bijector: Bijector, y: tf.Tensor) => bijector.inverse(y),
    inverseLogDetJacobian: (bijector: Bijector, y: tf.Tensor) => bijector.inverseLogDetJacobian(y),
  };
  const tensors = () =>
    parameters.map((values) =>
      typeof values[0] === "number" && values.length === 1 ? tf.scalar(values[0]) : tf.tensor(values),
    );

  describe.each(Object.entries(methods))(`the parameters of ${name}, through %s`, (method, apply) => {
    test.each(parameters.map((_, index) => index))("parameter %d has the gradient of finite differences", (index) => {
      const given = tensors();
      const x = uniformTensor(21, [3, size], low, high);
      const input = method.startsWith("inverse") ? make(...given).forward(x) : x;
      const f = (parameter: tf.Tensor) => {
        const result = apply(make(...given.map((each, other) => (other === index ? parameter : each))), input);
        // A result that a parameter does not enter has no gradient at all in tfjs; here it is 0.
        const nothing = tf.mul(0, tf.sum(parameter));
        return tf.add(nothing, tf.sum(tf.mul(result, uniformTensor(22, result.shape, -1, 1))));
      };
      const parameter = given[index] as tf.Tensor;
      const slope = tf.grad(f)(parameter);
      const differences = finiteDifferences((each) => tf.tidy(() => f(each).dataSync()[0] as number), parameter, step);
      expect(slope).toBeAllClose(differences, { rtol: 5e-3, atol: 5e-3 });
    });
  });

  test(`${name} reads variables anew, lists those that train, and equals by identity`, () => {
    const variables = tensors().map((tensor, index) => tf.variable(tensor, index > 0));
    const bijector = make(...variables);
    expect(bijector.trainableVariables).toEqual(variables.slice(1));
    const x = uniformTensor(23, [2, size], low, high);
    const before = bijector.forward(x);
    const last = variables.at(-1) as tf.Variable;
    last.assign(tf.mul(last, 1.5));
    expect(bijector.forward(x)).not.toBeAllClose(before, { rtol: 1e-4, atol: 1e-4 });
    expect(bijector.equals(make(...variables))).toBe(true);
    expect(bijector.equals(make(...tensors()))).toBe(false);
    tf.dispose(variables);
  });
}

/** log |det J| of each event, with respect to the first coordinates where an event has one more than it is free. */
function jacobianLogDets(f: (x: tf.Tensor) => tf.Tensor, bijector: Bijector, x: tf.Tensor): number[] {
  if (bijector.eventRank === 0) {
    const slopes = tf.grad((each) => tf.sum(f(each)))(x);
    return Array.from(tf.log(tf.abs(slopes)).dataSync());
  }
  const out = f(x);
  const [inputs, outputs] = [x.shape.at(-1) as number, out.shape.at(-1) as number];
  const free = Math.min(inputs, outputs) - (inputs === outputs && isOnSimplex(x) && isOnSimplex(out) ? 1 : 0);
  // Along the simplex the last coordinate pays for what the others gain.
  const along = (head: tf.Tensor) => (inputs > free ? tf.concat([head, tf.sub(1, tf.sum(head, -1, true))], -1) : head);
  const head = tf.slice(x, new Array<number>(x.rank).fill(0), [...x.shape.slice(0, -1), free]);
  const rows = Array.from({ length: free }, (_, k) =>
    tf
      .grad((each) => tf.sum(tf.gather(f(along(each)), k, x.rank - 1)))(head)
      .dataSync<"float32">(),
  );
  return uniforms(0, head.size / free).map((_, event) =>
    logAbsDeterminant(rows.map((row) => Array.from(row.subarray(event * free, (event + 1) * free)))),
  );
}

function isOnSimplex(x: tf.Tensor): boolean {
  const sums = Array.from(tf.sum(x, -1).dataSync());
  return sums.every((sum) => Math.abs(sum - 1) < 1e-5);
}
