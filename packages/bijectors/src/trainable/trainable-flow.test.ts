import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { normalRng } from "../../test/normal-rng.js";
import { uniformTensor } from "../../test/numbers.js";
import {
  Chain,
  ConditionalFlow,
  type FlowFamily,
  Planar,
  planarFlow,
  planarSoftmax,
  Radial,
  radialFlow,
  SoftmaxPlusPlus,
  stackFlows,
  TrainableFlow,
} from "../index.js";

const domain = { size: 3, low: -1.5, high: 1.5 };

bijectorLaws(
  "a trainable stack of planar flows",
  new TrainableFlow(planarFlow({ size: 3, depth: 5 }), { rng: normalRng(1) }),
  domain,
);
bijectorLaws(
  "a batch of stacks of two families",
  new TrainableFlow(stackFlows([planarFlow({ size: 3 }), radialFlow({ size: 3 })]), {
    rng: normalRng(2),
    batchShape: [2],
  }),
  domain,
);
bijectorLaws("planarSoftmax", planarSoftmax({ categories: 4, depth: 2, temperature: 0.5, rng: normalRng(3) }), domain);
bijectorLaws(
  "a flow whose parameters come from outside",
  new ConditionalFlow(planarFlow({ size: 3, depth: 2 }), { parameters: uniformTensor(4, [2, 14], -1, 1) }),
  domain,
);

const families: Record<string, FlowFamily> = {
  planar: planarFlow({ size: 3 }),
  "planar of depth 10": planarFlow({ size: 3, depth: 10 }),
  radial: radialFlow({ size: 3 }),
};

describe.each(Object.entries(families))("the %s family", (_, family) => {
  test("starts near the identity, but not at it, and differs by element of the batch", () => {
    const flow = new TrainableFlow(family, { rng: normalRng(5), batchShape: [4] });
    const x = uniformTensor(6, [200, 1, 3], -2, 2);
    const moved = tf.sub(flow.forward(x), x);
    const meanSquare = tf.mean(tf.square(moved), [0, 2]).dataSync();
    for (const [index, value] of meanSquare.entries()) {
      expect(Math.sqrt(value)).toBeLessThan(0.5);
      expect(value).toBeGreaterThan(0);
      expect(meanSquare.indexOf(value)).toBe(index);
    }
  });

  test("the same seed makes the same flow", () => {
    const x = uniformTensor(7, [5, 3], -2, 2);
    const [a, b] = [7, 7].map((seed) => new TrainableFlow(family, { rng: normalRng(seed) }).forward(x));
    expect(a as tf.Tensor).toBeAllClose(b as tf.Tensor, { rtol: 0, atol: 0 });
  });

  test("a vector of parameters makes the flow of its parts", () => {
    const initial = family.initial(normalRng(8), [2]);
    const vector = tf.concat(
      Object.values(initial).map((part) => tf.reshape(part, [2, -1])),
      -1,
    );
    expect(vector.shape).toEqual([2, family.parameterCount]);
    const x = uniformTensor(9, [5, 2, 3], -2, 2);
    const flow = new ConditionalFlow(family, { parameters: vector });
    expect(flow.forward(x)).toBeAllClose(family.bijector(initial).forward(x));
    expect(flow.batchShape).toEqual([2]);
  });

  test("deviations of 0 leave the trained flow, and gradients reach both", () => {
    const flow = new TrainableFlow(family, { rng: normalRng(10), batchShape: [2] });
    const x = uniformTensor(11, [5, 2, 3], -2, 2);
    const zeros = tf.zeros([5, 2, family.parameterCount]);
    expect(flow.conditionedOn({ deviations: zeros }).forward(x)).toBeAllClose(flow.forward(x));
    const loss = (deviations: tf.Tensor) => {
      const { value, logDet } = flow.conditionedOn({ deviations }).forwardAndLogDet(x);
      return tf.add(tf.sum(tf.square(value)), tf.sum(logDet)) as tf.Scalar;
    };
    const { grads } = tf.variableGrads(() => loss(zeros), flow.trainableVariables);
    const [byVariable, byDeviation] = [
      tf.concat(
        flow.trainableVariables.map((variable) => tf.reshape(grads[variable.name] as tf.Tensor, [2, -1])),
        1,
      ),
      tf.sum(tf.grad(loss)(zeros), 0),
    ];
    expect(byDeviation).toBeAllClose(byVariable, { rtol: 1e-4, atol: 1e-4 });
  });

  test("nothing stays in memory but the variables, and dispose frees those", () => {
    const before = tf.memory().numTensors;
    const flow = new TrainableFlow(family, { rng: { normal: normalRng(12).normal } });
    expect(tf.memory().numTensors).toBe(before + flow.trainableVariables.length);
    const x = tf.zeros([4, 3]);
    const conditional = flow.conditionedOn({ deviations: new Array<number>(family.parameterCount).fill(0) });
    tf.dispose([conditional.forward(x), conditional.inverse(x), x]);
    flow.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("an optimizer trains it", () => {
    const flow = new TrainableFlow(family, { rng: normalRng(13) });
    const x = uniformTensor(14, [50, 3], -1, 1);
    const loss = () => tf.mean(tf.square(tf.sub(flow.forward(x), tf.mul(x, 1.5)))) as tf.Scalar;
    const optimizer = tf.train.adam(0.05);
    const before = loss().dataSync()[0] as number;
    for (let step = 0; step < 60; step++) optimizer.minimize(loss, false, flow.trainableVariables);
    expect(loss().dataSync()[0]).toBeLessThan(0.7 * before);
  });
});

test("parameters are those of the flows, by name", () => {
  expect(planarFlow({ size: 3, depth: 2 }).parameterShapes).toEqual({
    "0/u": [3],
    "0/w": [3],
    "0/b": [],
    "1/u": [3],
    "1/w": [3],
    "1/b": [],
  });
  const [u, w, b] = [tf.tensor1d([1, 2]), tf.tensor1d([0.5, 1]), tf.scalar(0.1)];
  expect(planarFlow({ size: 2 }).bijector({ b, u, w }).equals(new Planar({ u, w, b }))).toBe(true);
  const radial = { center: u, alpha: b, beta: tf.scalar(1) };
  expect(radialFlow({ size: 2 }).bijector(radial).equals(new Radial(radial))).toBe(true);
});

test("the first flow of a stack is applied first", () => {
  const rng = normalRng(15);
  const family = planarFlow({ size: 2, depth: 2 });
  const parameters = family.initial(rng);
  const part = (index: number) =>
    new Planar({
      u: parameters[`${index}/u`] as tf.Tensor,
      w: parameters[`${index}/w`] as tf.Tensor,
      b: parameters[`${index}/b`] as tf.Tensor,
    });
  const x = uniformTensor(16, [5, 2], -3, 3);
  expect(family.bijector(parameters).forward(x)).toBeAllClose(part(1).forward(part(0).forward(x)));
});

test("two maps are equal where they share their variables", () => {
  const family = planarFlow({ size: 2, depth: 2 });
  const [a, b] = [new TrainableFlow(family, { rng: normalRng(1) }), new TrainableFlow(family, { rng: normalRng(1) })];
  const onto = (flow: TrainableFlow) => new Chain([new SoftmaxPlusPlus({ temperature: 0.5 }), flow]);
  expect(onto(a).equals(onto(a))).toBe(true);
  expect(onto(a).equals(onto(b))).toBe(false);
  const deviations = tf.zeros([3, family.parameterCount]);
  expect(a.conditionedOn({ deviations }).equals(a.conditionedOn({ deviations }))).toBe(true);
  expect(a.conditionedOn({ deviations }).equals(a.conditionedOn({ deviations: tf.clone(deviations) }))).toBe(false);
  expect(a.conditionedOn({ deviations }).equals(b.conditionedOn({ deviations }))).toBe(false);
  expect(a.conditionedOn({ deviations }).trainableVariables).toEqual(a.trainableVariables);
});

test("variables take the names that are given", () => {
  const flow = new TrainableFlow(planarFlow({ size: 2 }), { rng: normalRng(1), name: "posterior" });
  expect(flow.trainableVariables.map((variable) => variable.name)).toEqual([
    "posterior/u",
    "posterior/w",
    "posterior/b",
  ]);
  flow.dispose();
});

test.each([
  [() => planarFlow({ size: 0 }), "planarFlow: size must be a whole number >= 1, got 0"],
  [() => planarFlow({ size: 2, depth: 1.5 }), "planarFlow: depth must be a whole number >= 1, got 1.5"],
  [() => radialFlow({ size: 2, depth: 0 }), "radialFlow: depth must be a whole number >= 1, got 0"],
  [
    () => planarSoftmax({ categories: 1, depth: 2, temperature: 1, rng: normalRng(1) }),
    "planarSoftmax: categories must be a whole number >= 2, got 1",
  ],
  [
    () => planarSoftmax({ categories: 3, depth: 2, temperature: 0, rng: normalRng(1) }),
    "planarSoftmax: temperature must be a finite number > 0, got 0",
  ],
  [() => stackFlows([]), "stackFlows: parts must be 1 or more of one size and one context, got []"],
  [
    () => stackFlows([planarFlow({ size: 2 }), radialFlow({ size: 3 })]),
    "stackFlows: parts must be 1 or more of one size and one context, got [planar flow of size 2 and context 0, radial flow of size 3 and context 0]",
  ],
  [
    () => new ConditionalFlow(planarFlow({ size: 2 }), { parameters: [1, 2, 3] }),
    "planar flow: parameters must be of shape [..., 5], got [3]",
  ],
  [
    () => new ConditionalFlow(planarFlow({ size: 2 }), {}),
    "ConditionalFlow: parameters are missing; pass a tensor [..., 5]",
  ],
  [
    () => new ConditionalFlow(planarFlow({ size: 2 }), { parameters: tf.zeros([5]), context: [1] }),
    "planar flow: context must be left out; the family takes none, got [1]",
  ],
  [
    () => planarFlow({ size: 2 }).bijector({ u: tf.zeros([2]), w: tf.zeros([2]) }),
    "planar flow: parameters must be u, w, b, got u, w",
  ],
  [
    () => planarFlow({ size: 2 }).bijector({ u: tf.zeros([2]), w: tf.zeros([3]), b: tf.scalar(0) }),
    "planar flow: w must be of shape [..., 2], got [3]",
  ],
  [
    () => new TrainableFlow(planarFlow({ size: 2 }), { rng: normalRng(1) }).forward([1, 2, 3]),
    "TrainableFlow.forward: x needs 2 coordinates on its last axis, as many as the planar flow, got shape [3]",
  ],
  [() => new TrainableFlow(planarFlow({ size: 2 }), {} as never), "TrainableFlow: rng must be a generator"],
  [
    () => new TrainableFlow("planar" as never, { rng: normalRng(1) }),
    "TrainableFlow: family must be one such as planarFlow({ size: 2 }), got planar",
  ],
])("refuses %o", (call, message) => {
  expect(call).toThrow(message);
});
