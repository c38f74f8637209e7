import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { normalRng } from "../../test/normal-rng.js";
import { uniformTensor } from "../../test/numbers.js";
import {
  ConditionalFlow,
  couplingFlow,
  type FlowFamily,
  flowFromConfig,
  inverseAutoregressiveFlow,
  maskedAutoregressiveFlow,
  permutation,
  planarFlow,
  planarSoftmax,
  radialFlow,
  realNVPFlow,
  splineFlow,
  splineTransformer,
  stackFlows,
  sylvesterFlow,
  TrainableFlow,
} from "../index.js";

const hidden = [6];
const families: Record<string, FlowFamily> = {
  planar: planarFlow({ size: 2, depth: 2 }),
  radial: radialFlow({ size: 2, depth: 2 }),
  sylvester: sylvesterFlow({ size: 2, reflections: 1, depth: 2 }),
  spline: splineFlow({ size: 2, bins: 3, bound: 2 }),
  RealNVP: realNVPFlow({ size: 2, depth: 2, hidden }),
  "coupled splines": couplingFlow({ size: 2, depth: 2, hidden, transformer: splineTransformer({ bins: 3, bound: 2 }) }),
  "masked autoregressive": maskedAutoregressiveFlow({ size: 2, depth: 2, hidden }),
  "inverse autoregressive": inverseAutoregressiveFlow({ size: 2, depth: 2, hidden, activation: "elu" }),
  "a stack of kinds": stackFlows([planarFlow({ size: 2 }), permutation([1, 0]), realNVPFlow({ size: 2, hidden })]),
};
const vectorOf = (family: FlowFamily, seed: number, batch: number[] = []) =>
  tf.concat(
    Object.values(family.initial(normalRng(seed), batch)).map((part) => tf.reshape(part, [...batch, -1])),
    -1,
  );

describe.each(Object.entries(families))("the family of %s", (_, family) => {
  const x = uniformTensor(1, [40, 1, 2], -1.5, 1.5);

  test("starts near the identity, up to the order of coordinates", () => {
    const flow = new TrainableFlow(family, { rng: normalRng(2), batchShape: [3] });
    const { value, logDet } = flow.forwardAndLogDet(x);
    const change = tf.sub(tf.euclideanNorm(value, -1), tf.euclideanNorm(x, -1));
    expect(tf.mean(tf.abs(change)).dataSync()[0]).toBeLessThan(0.2);
    expect(tf.mean(tf.abs(logDet)).dataSync()[0]).toBeLessThan(0.2);
    expect(logDet.shape).toEqual([40, 3]);
    flow.dispose();
  });

  test("a vector of all parameters in batches makes one flow for each, and the inverse undoes it", () => {
    const vector = tf.add(vectorOf(family, 3, [2, 3]), uniformTensor(4, [2, 3, family.parameterCount], -0.5, 0.5));
    const flow = new ConditionalFlow(family, { parameters: vector });
    const inputs = uniformTensor(5, [5, 2, 3, 2], -1.5, 1.5);
    const { value, logDet } = flow.forwardAndLogDet(inputs);
    const back = flow.inverseAndLogDet(value);
    expect(back.value).toBeAllClose(inputs, { rtol: 1e-3, atol: 1e-3 });
    expect(back.logDet).toBeAllClose(tf.neg(logDet), { rtol: 1e-3, atol: 1e-3 });
    const one = new ConditionalFlow(family, { parameters: tf.squeeze(tf.slice(vector, [1, 2, 0], [1, 1, -1])) });
    const alone = one.forward(tf.squeeze(tf.slice(inputs, [0, 1, 2, 0], [-1, 1, 1, 2])));
    expect(alone).toBeAllClose(tf.squeeze(tf.slice(value, [0, 1, 2, 0], [-1, 1, 1, 2])), { rtol: 1e-4, atol: 1e-5 });
  });

  test("gradients reach every parameter of a vector", () => {
    const vector = tf.add(vectorOf(family, 6, [2]), uniformTensor(7, [2, family.parameterCount], -0.5, 0.5));
    const slope = tf.grad((parameters) => {
      const { value, logDet } = new ConditionalFlow(family, { parameters }).forwardAndLogDet(x);
      return tf.add(tf.sum(tf.mul(value, [1, -0.3])), tf.sum(logDet));
    })(vector);
    const values = slope.dataSync();
    expect(values.every(Number.isFinite)).toBe(true);
    // Masked and sub-diagonal weights have no effect, so no gradient.
    expect(values.filter((value) => value !== 0).length / values.length).toBeGreaterThan(0.55);
  });

  test("comes back from JSON", () => {
    const again = flowFromConfig(JSON.parse(JSON.stringify(family.config)));
    expect(again.config).toEqual(family.config);
    expect(again.parameterShapes).toEqual(family.parameterShapes);
    const vector = tf.add(vectorOf(family, 8), uniformTensor(9, [family.parameterCount], -0.5, 0.5));
    const [a, b] = [family, again].map((each) => new ConditionalFlow(each, { parameters: vector }).forward(x));
    expect(a as tf.Tensor).toBeAllClose(b as tf.Tensor, { rtol: 0, atol: 0 });
  });

  test("nothing stays in memory but variables", () => {
    const flow = new TrainableFlow(family, { rng: normalRng(10) });
    const input = tf.zeros([4, 2]);
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(flow.forwardAndLogDet(input)));
    tf.dispose(Object.values(flow.inverseAndLogDet(input)));
    expect(tf.memory().numTensors).toBe(before);
    flow.dispose();
    expect(tf.memory().numTensors).toBe(before - Object.keys(family.parameterShapes).length);
  });
});

describe("flows in context", () => {
  const contexts: Record<string, FlowFamily> = {
    RealNVP: realNVPFlow({ size: 2, depth: 2, hidden, contextSize: 3 }),
    "masked autoregressive": maskedAutoregressiveFlow({ size: 2, depth: 2, hidden, contextSize: 3 }),
    "inverse autoregressive": inverseAutoregressiveFlow({ size: 2, hidden, contextSize: 3 }),
    "a stack with flows that take none": stackFlows([
      sylvesterFlow({ size: 2, reflections: 1 }),
      realNVPFlow({ size: 2, hidden, contextSize: 3 }),
    ]),
  };

  test.each(Object.entries(contexts))("%s depends on it, example by example, with gradients for both", (_, family) => {
    const flow = new TrainableFlow(family, { rng: normalRng(11), batchShape: [2] });
    for (const variable of Object.values(flow.variables)) {
      variable.assign(tf.add(variable, uniformTensor(12, variable.shape, -0.5, 0.5)));
    }
    const context = uniformTensor(13, [5, 2, 3], -1, 1);
    const x = uniformTensor(14, [5, 2, 2], -1, 1);
    const value = flow.conditionedOn({ context }).forward(x);
    const other = tf.concat([tf.slice(context, [0], [4]), tf.zeros([1, 2, 3])]);
    const changed = tf.max(tf.abs(tf.sub(flow.conditionedOn({ context: other }).forward(x), value)), [1, 2]);
    expect(Array.from(tf.step(changed).dataSync())).toEqual([0, 0, 0, 0, 1]);
    const slope = tf.grad((each) => tf.sum(flow.conditionedOn({ context: each }).forwardLogDetJacobian(x)))(context);
    expect(tf.max(tf.abs(slope)).dataSync()[0]).toBeGreaterThan(0);
    const { grads } = tf.variableGrads(
      () => tf.sum(flow.conditionedOn({ context }).forwardLogDetJacobian(x)) as tf.Scalar,
      flow.trainableVariables,
    );
    expect(Object.keys(grads)).toHaveLength(flow.trainableVariables.length);
    flow.dispose();
  });

  bijectorLaws(
    "a conditional RealNVP",
    new TrainableFlow(realNVPFlow({ size: 2, hidden: [4], contextSize: 2 }), { rng: normalRng(15) }).conditionedOn({
      context: uniformTensor(16, [2, 2], -1, 1),
      deviations: uniformTensor(17, [2, 26], -0.5, 0.5),
    }),
    { size: 2, low: -1.5, high: 1.5, step: 2 ** -6 },
  );

  test("says where a context is missing, or of another size", () => {
    const family = realNVPFlow({ size: 2, hidden, contextSize: 3 });
    const flow = new TrainableFlow(family, { rng: normalRng(18) });
    expect(() => flow.forward([1, 2])).toThrow(
      "TrainableFlow: the coupling flow takes a context; use conditionedOn({ context })",
    );
    expect(() => flow.conditionedOn({})).toThrow("coupling flow: context must be of shape [..., 3], got none");
    expect(() => flow.conditionedOn({ context: [1] })).toThrow("context must be of shape [..., 3], got [1]");
    flow.dispose();
  });
});

test.each([
  [() => realNVPFlow({ size: 1 }), "couplingFlow: size must be a whole number >= 2, got 1"],
  [() => realNVPFlow({ size: 2, hidden: [0] }), "couplingFlow: hidden widths must be a whole number >= 1, got 0"],
  [() => sylvesterFlow({ size: 2, units: 3 }), "sylvesterFlow: units must be at most size, 2, got 3"],
  [() => splineFlow({ size: 2, bins: 1 }), "splineTransformer: bins must be a whole number >= 2, got 1"],
  [() => maskedAutoregressiveFlow({ size: 0 }), "maskedAutoregressiveFlow: size must be a whole number >= 1, got 0"],
  [() => splineFlow({ size: 2, minBinSize: 0.5 }), "minBinSize must be a number in (0, 0.125), got 0.5"],
  [
    () => realNVPFlow({ size: 2, activation: "sigmoid" as never }),
    "couplingFlow: activation must be 'tanh', 'relu' or 'elu', got 'sigmoid'",
  ],
  [
    () => planarSoftmax({ categories: 3, depth: 1, temperature: 0, rng: normalRng(1) }),
    "planarSoftmax: temperature must be a finite number > 0, got 0",
  ],
  [() => permutation([0, 0]), "Permute: permutation must hold each of 0, ..., D-1 exactly once, got [0,0]"],
  [() => flowFromConfig({ kind: "glow" }), "flowFromConfig: kind must be one of planar, radial, sylvester, spline"],
])("refuses %o", (call, message) => {
  expect(call).toThrow(message);
});
