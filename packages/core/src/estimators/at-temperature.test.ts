import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { GappedStraightThrough } from "./gapped-straight-through.js";
import { GradientEstimator, type Loss } from "./gradient-estimator.js";
import { GumbelRao } from "./gumbel-rao.js";
import { Rebar } from "./rebar.js";
import { Reinforce } from "./reinforce.js";
import { ReinMax } from "./reinmax.js";
import { Relax } from "./relax.js";
import { TanhControlVariate } from "./tanh-control-variate.js";
import type { Temperature } from "./temperature.js";

const loss: Loss = (z) => tf.sum(tf.square(tf.sub(z, [0.1, 0.2, 0.7])), -1);
const controlVariate = new TanhControlVariate({ inputs: 3, hidden: [4], rng: createRng(1) });
const scale = tf.variable(tf.scalar(0.7));

const made: Record<string, (temperature: Temperature) => GradientEstimator<OneHotCategorical>> = {
  Rebar: (temperature) => new Rebar({ temperature, scale, coupled: false, samples: 2 }),
  Relax: (temperature) => new Relax({ temperature, scale, controlVariate, coupled: false, samples: 2 }),
  GappedStraightThrough: (temperature) => new GappedStraightThrough({ temperature, gap: "probability", samples: 3 }),
  GumbelRao: (temperature) => new GumbelRao({ temperature, conditionalDraws: 3, samples: 2 }),
  ReinMax: (temperature) => new ReinMax({ temperature, variant: "leave-one-out", samples: 3 }),
  "ReinMax of several draws of noise": (temperature) =>
    new ReinMax({ temperature, variant: "rao", conditionalDraws: 4 }),
};

function estimate(estimator: GradientEstimator<OneHotCategorical>): number[] {
  const surrogate = (logits: tf.Tensor) => estimator.surrogate(new OneHotCategorical({ logits }), loss, createRng(5));
  return tf.tidy(() => [
    ...tf
      .grad(surrogate)(tf.tensor2d([[0.3, -0.4, 1.1]]))
      .dataSync(),
  ]);
}

test.each(Object.entries(made))("%s at another temperature has its other options and variables", (_, make) => {
  const estimator = make(1.5);
  const other = estimator.atTemperature(tf.scalar(0.3));
  expect(other).toBeInstanceOf(estimator.constructor);
  expect(estimate(other)).toEqual(estimate(make(0.3)));
  expect(estimate(other)).not.toEqual(estimate(estimator));
  expect(other.trainableVariables).toEqual(estimator.trainableVariables);
  expect({ ...other, temperature: 1.5 }).toEqual({ ...estimator });
});

test("the variable that Relax made is shared, and freed by the estimator that made it", () => {
  const estimator = new Relax({ temperature: 1, controlVariate });
  const before = tf.memory().numTensors;
  const other = estimator.atTemperature(0.3);
  expect(tf.memory().numTensors).toBe(before);
  expect(other.scale).toBe(estimator.scale);
  const given = new Relax({ temperature: 1, controlVariate, scale: estimator.scale });
  expect(given.trainableVariables[0]).toBe(estimator.scale);
});

test("a temperature that is not allowed, and an estimator without one, are rejected", () => {
  const rebar = new Rebar({ temperature: 1 });
  expect(() => rebar.atTemperature(0)).toThrow("Rebar.atTemperature: temperature must be a finite number > 0, got 0");
  expect(rebar.temperature).toBe(1);
  expect(() => new Reinforce().atTemperature(1)).toThrow("Reinforce.atTemperature: the estimator has no temperature");
});

test("a class with a temperature that does not say how to replace it is rejected", () => {
  class Fixed extends GradientEstimator<OneHotCategorical> {
    readonly isUnbiased = false;
    readonly needsLossGradient = false;
    readonly temperature = 1;
    constructor() {
      super("Fixed", {});
    }
    protected _surrogate(): tf.Tensor {
      return tf.scalar(0);
    }
  }
  expect(() => new Fixed().atTemperature(2)).toThrow(
    "Fixed.atTemperature: a class with a temperature must implement _atTemperature",
  );
});
