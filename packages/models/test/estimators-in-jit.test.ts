import {
  Carms,
  Concrete,
  createRng,
  DisArm,
  DoubleCv,
  GappedStraightThrough,
  type GradientEstimator,
  GumbelRao,
  IGR,
  IgrRao,
  OneHotCategorical,
  Pathwise,
  Rebar,
  Reinforce,
  ReinMax,
  Relax,
  type Rng,
  Rodeo,
  StraightThrough,
  TanhControlVariate,
  Vimco,
} from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose, numbers } from "./values.js";

const [batch, variables, categories] = [3, 2, 4];

/** A network that replaces a decoder; its kernel is trained too. */
function lossOf(kernel: tf.Tensor) {
  return (z: tf.Tensor) => {
    const leading = z.shape.slice(0, -2);
    const flat = tf.reshape(z, [-1, variables * categories]);
    return tf.reshape(tf.sum(tf.square(tf.tanh(tf.matMul(flat, kernel as tf.Tensor2D))), 1), leading);
  };
}

const ofCategorical: Record<string, (rng: Rng) => GradientEstimator<OneHotCategorical>> = {
  REINFORCE: () => new Reinforce({ baseline: "moving-average", decay: 0.5 }),
  "leave-one-out": () => new Reinforce({ baseline: "leave-one-out", samples: 2 }),
  REBAR: () => new Rebar({ temperature: 0.5, scale: tf.variable(tf.scalar(0.5)) }),
  "REBAR, independent": () => new Rebar({ temperature: 0.5, coupled: false, samples: 2 }),
  RELAX: (rng) =>
    new Relax({
      controlVariate: new TanhControlVariate({ inputs: variables * categories, hidden: [5], rng }),
      temperature: 0.5,
    }),
  "straight-through": () => new StraightThrough(),
  "straight-through, decoupled": () => new StraightThrough({ forwardTemperature: 0.7, backwardTemperature: 2 }),
  ReinMax: () => new ReinMax({ temperature: 1.1 }),
  "ReinMax, rao": () => new ReinMax({ variant: "rao", conditionalDraws: 2 }),
  "ReinMax, leave-one-out": () => new ReinMax({ variant: "leave-one-out", samples: 2 }),
  DisArm: () => new DisArm({ samples: 4 }),
  "DisArm, sticks": () => new DisArm({ tree: "sticks" }),
  CARMS: () => new Carms({ samples: 3 }),
  "CARMS, nodes": () => new Carms({ samples: 2, weighting: "nodes" }),
  "double CV": () => new DoubleCv({ samples: 2, scale: tf.variable(tf.scalar(0.5)) }),
  RODEO: (rng) => new Rodeo({ samples: 2, rng }),
  VIMCO: () => new Vimco({ samples: 3 }),
  "Gumbel-Rao": () => new GumbelRao({ temperature: 0.5, conditionalDraws: 3 }),
  "gapped straight-through": () => new GappedStraightThrough({ temperature: 0.5, gap: "probability" }),
};

/** Three steps of gradient descent on all variables: the weights at their end. */
async function train(make: (rng: Rng) => GradientEstimator<OneHotCategorical>, compiled: boolean): Promise<number[]> {
  const rng = createRng(1);
  const logits = tf.variable(createRng(2).normal([batch, variables, categories]));
  const kernel = tf.variable(createRng(3).normal([variables * categories, 3]));
  const estimator = make(createRng(4));
  const optimizer = tf.train.sgd(0.3);
  const step = () => {
    const cost = optimizer.minimize(
      () => tf.mean(estimator.surrogate(new OneHotCategorical({ logits }), lossOf(kernel), rng)) as tf.Scalar,
      true,
      [logits, kernel, ...estimator.trainableVariables],
    );
    return cost as tf.Tensor;
  };
  const run = compiled ? jit(step, { rng }) : undefined;
  const costs: number[] = [];
  for (let i = 0; i < 3; i++) {
    const cost = run ? await run() : step();
    costs.push(...numbers(cost));
    cost.dispose();
  }
  await run?.dispose();
  return [...costs, ...[logits, kernel, ...estimator.trainableVariables].flatMap((variable) => numbers(variable))];
}

test.each(Object.entries(ofCategorical))("%s trains in a compiled step as in an eager one", async (_, make) => {
  const eager = await train(make, false);
  expect(eager.every(Number.isFinite)).toBe(true);
  expectClose(await train(make, true), eager, { rtol: 1e-4, atol: 1e-5 });
});

test.each([false, true])("pathwise gradients, hard: %s, are the same compiled", async (hard) => {
  const x = createRng(5).normal([batch, variables, categories]);
  const kernel = createRng(6).normal([variables * categories, 3]);
  const estimator = new Pathwise({ hard, samples: 2 });
  const gradientWith = (rng: Rng) => (x: tf.Tensor) => {
    const ofConcrete = tf.grad((logits) =>
      tf.sum(estimator.surrogate(new Concrete({ logits, temperature: 0.5 }), lossOf(kernel), rng)),
    )(x);
    const ofIgr = tf.grad((loc) =>
      tf.sum(estimator.surrogate(new IGR({ loc, scale: 1, temperature: 0.5 }), lossOf(kernel), rng)),
    )(tf.slice(x, [0, 0, 0], [-1, -1, categories - 1]));
    const ofRao = tf.grad((loc) =>
      tf.sum(new IgrRao({ samples: 2 }).surrogate(new IGR({ loc, scale: 1, temperature: 0.5 }), lossOf(kernel), rng)),
    )(tf.slice(x, [0, 0, 0], [-1, -1, categories - 1]));
    return tf.concat(
      [ofConcrete, ofIgr, ofRao].map((each) => tf.reshape(each, [-1])),
      0,
    );
  };
  const rng = createRng(7);
  const compiled = jit(gradientWith(rng), { rng });
  expectClose(await compiled(x), numbers(gradientWith(createRng(7))(x)), { rtol: 1e-4, atol: 1e-5 });
  await compiled.dispose();
});
