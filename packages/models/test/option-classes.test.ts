import { Block, Exp, Permute, RationalQuadraticSpline, SoftmaxPlusPlus } from "@igr/bijectors";
import * as core from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

// Every package has one class of error for one kind of mistake. The functions of this package are in options.test.ts.
const rng = core.createRng(1);
const logits = [0, 1];
const concrete = () => new core.Concrete({ logits, temperature: 1 });
const igr = (options: object) => new core.IGR({ loc: [0], scale: [1], temperature: 1, ...options });
const fit = (options: object) => core.fitPrior({ target: [0.5, 0.5], temperature: 1, rng, steps: 1, ...options });
const match = (options: object) =>
  core.matchTemperature({
    family: (temperature) => new core.Concrete({ logits, temperature }),
    categories: 2,
    rng,
    ...options,
  });
const compiled = (options: object) => jit((x: tf.Tensor) => x, options)(tf.scalar(1));
const spline = { widths: [0, 0], heights: [0, 0], slopes: [0] };

/** What takes a number: each is called with one that is not allowed, and with a string. */
const numbers: Record<string, (value: never) => unknown> = {
  "Block: eventRank": (value) => new Block(new Exp(), value),
  "Concrete: temperature": (value) => new core.Concrete({ logits, temperature: value }),
  "DisArm: samples": (value) => new core.DisArm({ samples: value }),
  "IGR: delta": (value) => igr({ delta: value }),
  "IGR: temperature": (value) => igr({ temperature: value }),
  "Independent: reinterpretedBatchRank": (value) =>
    new core.Independent(new core.Normal({ loc: [0], scale: 1 }), value),
  "RationalQuadraticSpline: bound": (value) => new RationalQuadraticSpline({ ...spline, bound: value }),
  "Reinforce: decay": (value) => new core.Reinforce({ decay: value }),
  "SoftmaxPlusPlus: temperature": (value) => new SoftmaxPlusPlus({ temperature: value }),
  "fitPrior: learningRate": (value) => fit({ learningRate: value }),
  "fitPrior: rho": (value) => fit({ transform: "stick-breaking", rho: value }),
  "fitPrior: steps": (value) => fit({ steps: value }),
  "jit: maxPrograms": (value) => compiled({ maxPrograms: value }),
  "jit: spinning": (value) => compiled({ executor: "node", spinning: value }),
  "jit: stepsPerCall": (value) => compiled({ stepsPerCall: value }),
  "jit: threads": (value) => compiled({ executor: "node", threads: value }),
  "matchTemperature: fraction": (value) => match({ fraction: value }),
  "truncatedPmf: maxSize": (value) => core.truncatedPmf(new core.Poisson({ rate: 1 }), { maxSize: value }),
  "truncatedPmf: tailMass": (value) => core.truncatedPmf(new core.Poisson({ rate: 1 }), { tailMass: value }),
  "vanishingFraction: threshold": (value) => core.vanishingFraction(tf.scalar(1), { threshold: value }),
  "vertexProximity: within": (value) => core.vertexProximity(concrete(), { rng, within: value }),
};

/** What takes a name. */
const names: Record<string, (value: never) => unknown> = {
  "DisArm: tree": (value) => new core.DisArm({ tree: value }),
  "IGR: transform": (value) => igr({ transform: value }),
  "ReinMax: variant": (value) => new core.ReinMax({ variant: value }),
  "Reinforce: baseline": (value) => new core.Reinforce({ baseline: value }),
  "SoftmaxPlusPlus: validate": (value) => new SoftmaxPlusPlus({ temperature: 1, validate: value }),
  "fitPrior: objective": (value) => fit({ objective: value }),
  "jit: executor": (value) => compiled({ executor: value }),
  "jit: fallback": (value) => compiled({ fallback: value }),
  "klDivergence: method": (value) => core.klDivergence(concrete(), concrete(), { method: value }),
};

/** Arguments that are missing, or that do not go together. */
const combinations: Record<string, () => unknown> = {
  "Concrete: both": () => new core.Concrete({ logits, probs: logits, temperature: 1 } as never),
  "Concrete: neither": () => new core.Concrete({ temperature: 1 } as never),
  "IGR: temperature": () => new core.IGR({ loc: [0], scale: [1] } as never),
  "ReinMax: samples": () => new core.ReinMax({ variant: "leave-one-out" }),
  "Reinforce: samples": () => new core.Reinforce({ baseline: "leave-one-out" }),
  "SoftmaxPlusPlus: temperature": () => new SoftmaxPlusPlus({} as never),
  "fitPrior: an unknown option": () => fit({ learningrate: 1 }),
  "fitPrior: rho": () => fit({ rho: 0.9 }),
  "fitPrior: scale": () => fit({ objective: "probs", scale: "free" }),
  "klDivergence: rng": () => core.klDivergence(concrete(), concrete(), { method: "monte-carlo" }),
};

const rejection = (call: () => unknown) => expect(Promise.resolve().then(call)).rejects;

test.each(Object.entries(numbers))(
  "%s: a number out of range is a RangeError, no number a TypeError",
  async (_, call) => {
    await rejection(() => call(Number.NaN as never)).toThrow(RangeError);
    await rejection(() => call("1" as never)).toThrow(TypeError);
  },
);

test.each(Object.entries(names))("%s: another name is a RangeError, no name a TypeError", async (_, call) => {
  await rejection(() => call("unknown" as never)).toThrow(RangeError);
  await rejection(() => call(1 as never)).toThrow(TypeError);
});

test.each(Object.entries(combinations))(
  "%s: what is missing or does not fit the rest is a TypeError",
  async (_, call) => {
    await rejection(call).toThrow(TypeError);
  },
);

test("shapes that do not fit are a RangeError", async () => {
  await rejection(() => new Permute({ permutation: [0, 0] } as never)).toThrow(RangeError);
  await rejection(() => new core.Normal({ loc: [0, 0], scale: [1, 1, 1] })).toThrow(RangeError);
  await rejection(() => concrete().logProb([0.2, 0.3, 0.5])).toThrow(RangeError);
});
