// Every estimator of the gradient of E[-log p(x | z)] over the discrete z, at the weights of a trained model.
import { jit } from "@igr/jit";
import { draws, moments, norm, reconstructionLoss, size, threads } from "./encoder-gradients.mjs";
import { core, tf } from "./libraries.mjs";

const referenceDraws = 400;
const samples = 2;

const categorical = (logits) => new core.OneHotCategorical({ logits });
const concrete = (temperature) => (logits) => new core.Concrete({ logits, temperature });
const control = () =>
  new core.TanhControlVariate({
    inputs: size.variables * size.categories,
    hidden: [64],
    rng: core.createRng("control"),
  });

const estimators = [
  { name: "REINFORCE", make: () => new core.Reinforce({ samples }) },
  {
    name: "REINFORCE, moving average",
    make: () => new core.Reinforce({ samples, baseline: "moving-average", decay: 0.9 }),
    steps: 50,
  },
  { name: "REINFORCE, leave-one-out", make: () => new core.Reinforce({ samples, baseline: "leave-one-out" }) },
  ...[0.1, 0.5].map((temperature) => ({
    name: `REBAR(${temperature})`,
    make: () => new core.Rebar({ samples, temperature }),
  })),
  {
    name: "REBAR(0.5), second draw independent",
    make: () => new core.Rebar({ samples, temperature: 0.5, coupled: false }),
  },
  {
    name: "REBAR(0.5), scale learned",
    make: () => new core.Rebar({ samples, temperature: 0.5, scale: tf.variable(tf.scalar(1)) }),
    steps: 300,
  },
  {
    name: "RELAX(0.5)",
    make: () => new core.Relax({ samples, temperature: 0.5, controlVariate: control() }),
    steps: 300,
  },
  { name: "straight-through", make: () => new core.StraightThrough({ samples }) },
  ...[0.5, 1].map((temperature) => ({
    name: `ST Gumbel-Softmax(${temperature})`,
    make: () => new core.Pathwise({ samples, hard: true }),
    of: concrete(temperature),
  })),
  ...[0.1, 0.5, 0.67].map((temperature) => ({
    name: `Gumbel-Softmax(${temperature})`,
    make: () => new core.Pathwise({ samples }),
    of: concrete(temperature),
  })),
];

/** Every estimator of the gradient of E[-log p(x | z)] over the discrete z, by the encoder, at the weights of the trained GS model. */
export async function compareEstimators(model, x) {
  const objectiveOf = (estimator, of, noise) => (x) => {
    const { logits } = model.encode(x);
    return tf.mean(estimator.surrogate(of(logits), reconstructionLoss(model, x), noise));
  };
  const noise = (name) => core.createRng(`estimators ${name}`);
  const best = new core.Reinforce({ samples: 16, baseline: "leave-one-out" });
  const referenceNoise = noise("reference");
  const reference = await moments(
    model,
    x,
    objectiveOf(best, categorical, referenceNoise),
    referenceNoise,
    referenceDraws,
  );
  const length = norm(reference.mean);
  const rows = [];
  for (const { name, make, of = categorical, steps = 0 } of estimators) {
    const estimator = make();
    const rng = noise(name);
    const objective = objectiveOf(estimator, of, rng);
    await learn(estimator, objective, x, rng, steps);
    const { mean, variance, count } = await moments(model, x, objective, rng, draws);
    const uncertainty = variance / count + reference.variance / reference.count;
    const distance = norm(mean.map((each, i) => each - reference.mean[i])) ** 2;
    rows.push({
      estimator: name,
      isUnbiased: estimator.isUnbiased,
      // The squared distance of two means includes their variances; without these it may be below 0.
      relativeBias: Math.sqrt(Math.max(0, distance - uncertainty)) / length,
      resolution: Math.sqrt(uncertainty) / length,
      relativeDeviation: Math.sqrt(variance) / length,
      variance,
    });
    estimator.dispose();
  }
  return { norm: length, samples, draws, rows };
}

/** Trains the learned parts of an estimator at the fixed weights. */
async function learn(estimator, objective, x, rng, steps) {
  const optimizer = tf.train.adam(0.01);
  const { trainableVariables } = estimator;
  const step = jit(
    (x) =>
      trainableVariables.length > 0 ? optimizer.minimize(() => objective(x), true, trainableVariables) : objective(x),
    { rng, threads },
  );
  for (let index = 0; index < steps; index++) tf.dispose(await step(x));
  await step.dispose();
  optimizer.dispose();
}
