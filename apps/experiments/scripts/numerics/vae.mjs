// Variance of the encoder's gradient on trained VAEs: of every estimator, of the Monte Carlo divergence, and of eq 2 and 4.
// The networks are small (784-128-200 and back, 20 variables of 10 categories) and train for a few epochs on MNIST.
import { loadMnist } from "@igr/datasets";
import { jit } from "@igr/jit";
import {
  BernoulliLikelihood,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  fit,
  GumbelSoftmaxLatent,
  IgrLatent,
} from "@igr/models";
import { core, tf } from "./libraries.mjs";

const size = { variables: 20, categories: 10 };
const epochs = 3;
const draws = 200;
const referenceDraws = 400;
const samples = 2;
const threads = 2;

function build(latent) {
  const rng = core.createRng("weights");
  const hidden = [128];
  return new DiscreteVAE({
    encoder: denseEncoder({ outputs: latent.encoderOutputs, hidden, rng: rng.fork("encoder") }),
    decoder: denseDecoder({ inputs: latent.decoderInputs, hidden, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

async function train(latent, data) {
  const model = build(latent);
  const options = { epochs, rng: core.createRng("training"), validationData: data.test, jit: { threads } };
  const { epochs: logs } = await fit(model, data.train, options);
  return { model, elbo: logs.at(-1).validation.elbo, vanished: logs.map((log) => log.vanishedGradients) };
}

const variablesOf = (network) => network.trainableWeights.map((weight) => weight.read());

/** Mean, variance and count of gradients of `objective(x)` with respect to the encoder's weights, over fresh noise. */
async function moments(model, x, objective, noise, count) {
  const variables = variablesOf(model.encoder);
  const gradient = jit(
    (x) => {
      const { grads } = tf.variableGrads(() => objective(x), variables);
      return tf.concat(variables.map(({ name }) => tf.reshape(grads[name], [-1])));
    },
    { rng: noise, threads },
  );
  let [mean, squares] = [];
  for (let draw = 0; draw < count; draw++) {
    const result = await gradient(x);
    const values = result.dataSync();
    result.dispose();
    mean ??= new Float64Array(values.length);
    squares ??= new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      // Welford's update: the variance of a constant gradient is exactly 0.
      const difference = values[i] - mean[i];
      mean[i] += difference / (draw + 1);
      squares[i] += difference * (values[i] - mean[i]);
    }
  }
  await gradient.dispose();
  return { mean, variance: squares.reduce((sum, each) => sum + each, 0) / (count - 1), count };
}

const norm = (values) => Math.sqrt(values.reduce((sum, each) => sum + each * each, 0));

/** -log p(x | z), `[..., B, N, K] -> [..., B]`. */
function reconstructionLoss(model, x) {
  const images = tf.reshape(x, [x.shape[0], -1]);
  return (z) => {
    const leading = z.shape.slice(0, -2);
    const outputs = model.decoder.apply(tf.reshape(z, [-1, size.variables * size.categories]));
    return tf.neg(model.likelihood.logProb(images, tf.reshape(outputs, [...leading, -1])));
  };
}

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
async function compareEstimators(model, x) {
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

/** Posterior and prior of a trained model as distributions of core, from the encoder's output. */
const relaxed = {
  GS: (model, priorTemperature = model.latent.temperature) => ({
    posterior: ({ logits }) => new core.ExpConcrete({ logits, temperature: model.latent.temperature }),
    prior: () => new core.ExpConcrete({ logits: tf.zeros([size.categories]), temperature: priorTemperature }),
  }),
  IGR: (model) => {
    const transform = new core.IGR({ ...model.latent.prior, temperature: model.latent.temperature }).bijector;
    return {
      posterior: ({ loc, scale }) => new core.IGR({ loc, scale, transform }),
      prior: () => new core.IGR({ ...model.latent.prior, transform }),
    };
  },
};

/** Noise of the KL term alone: of its value for an image, and of its gradient with respect to the encoder. */
async function compareDivergences(gs, igr, x) {
  const monteCarlo = (stickTheLanding) => ({ method: "monte-carlo", samples: 1, stickTheLanding });
  const temperature = gs.latent.temperature;
  const cases = [
    ...[temperature, temperature / 2].flatMap((priorTemperature) =>
      [false, true].map((stickTheLanding) => ({
        name: `GS(${temperature}), prior temperature ${priorTemperature}`,
        method: stickTheLanding ? "Monte Carlo, stick the landing" : "Monte Carlo",
        model: gs,
        ...relaxed.GS(gs, priorTemperature),
        options: monteCarlo(stickTheLanding),
      })),
    ),
    ...[false, true].map((stickTheLanding) => ({
      name: `IGR(${igr.latent.temperature})`,
      method: stickTheLanding ? "Monte Carlo, stick the landing" : "Monte Carlo",
      model: igr,
      ...relaxed.IGR(igr),
      options: monteCarlo(stickTheLanding),
    })),
    {
      name: `IGR(${igr.latent.temperature})`,
      method: "closed form, eq 19",
      model: igr,
      ...relaxed.IGR(igr),
      options: { method: "closed" },
    },
  ];
  const rows = [];
  for (const { name, method, model, posterior, prior, options } of cases) {
    const noise = core.createRng("divergence");
    const perImage = (x) => {
      const divergence = core.klDivergence(posterior(model.encode(x)), prior(), { ...options, rng: noise });
      return tf.sum(divergence, 1);
    };
    const { mean, variance, count } = await moments(model, x, (x) => tf.mean(perImage(x)), noise, draws);
    const value = await valueMoments(perImage, x, noise);
    const length = Math.sqrt(Math.max(0, norm(mean) ** 2 - variance / count));
    rows.push({ name, method, ...value, gradientNorm: length, relativeDeviation: Math.sqrt(variance) / length });
  }
  return rows;
}

/** Mean over images, and the deviation of one image's value over noise. */
async function valueMoments(perImage, x, noise) {
  const compiled = jit(perImage, { rng: noise, threads });
  const values = [];
  for (let draw = 0; draw < draws; draw++) {
    const result = await compiled(x);
    values.push(Float64Array.from(result.dataSync()));
    result.dispose();
  }
  await compiled.dispose();
  const means = values[0].map((_, i) => values.reduce((sum, row) => sum + row[i], 0) / draws);
  const variances = means.map((m, i) => values.reduce((sum, row) => sum + (row[i] - m) ** 2, 0) / (draws - 1));
  const average = (xs) => xs.reduce((sum, each) => sum + each, 0) / xs.length;
  return { kl: average(means), deviation: Math.sqrt(average(variances)) };
}

/**
 * The gradient of the whole bound with respect to the encoder: eq 2, and eq 4 with the divergence of eq 14 or of eq 19.
 */
async function compareEquations(name, model, x) {
  const family = relaxed[name];
  const reconstruction = (x, z) => tf.neg(reconstructionLoss(model, x)(z));
  const parts = (x) => {
    const parameters = model.encode(x);
    const { posterior, prior } = family(model);
    return { q: posterior(parameters), p: prior() };
  };
  const stop = core.stopGradient;
  const objectives = {
    // The score function: the sample counts as a constant, the bound as a weight on log q.
    "eq 2": (noise) => (x) => {
      const { q, p } = parts(x);
      const logZ = constant(q.sampleLog(noise));
      const logQ = tf.sum(q.logProbFromLog(logZ), 1);
      const bound = tf.add(reconstruction(x, tf.exp(logZ)), tf.sub(tf.sum(p.logProbFromLog(logZ), 1), constant(logQ)));
      return tf.mean(tf.mul(stop(tf.neg(bound)), logQ));
    },
    "eq 4 with eq 14": (noise) => pathwise(noise, { stickTheLanding: false }),
    "eq 4 with eq 14, stick the landing": (noise) => pathwise(noise, { stickTheLanding: true }),
    ...(name === "IGR"
      ? {
          "eq 4 with eq 19": (noise) => (x) => {
            const { q, p } = parts(x);
            const log = reconstruction(x, tf.exp(q.sampleLog(noise)));
            return tf.mean(tf.sub(tf.sum(core.klDivergence(q, p), 1), log));
          },
        }
      : {}),
  };
  // One draw for the reconstruction and the divergence, as in training.
  function pathwise(noise, options) {
    return (x) => {
      const { q, p } = parts(x);
      const { value, logProb } = q.sampleLogAndLogProb(noise, [], options);
      const divergence = tf.sum(tf.sub(logProb, p.logProbFromLog(value)), 1);
      return tf.mean(tf.sub(divergence, reconstruction(x, tf.exp(value))));
    };
  }
  const rows = [];
  let length;
  for (const [equation, make] of Object.entries(objectives).reverse()) {
    const noise = core.createRng("equations");
    const { mean, variance, count } = await moments(model, x, make(noise), noise, draws);
    // The norm of the estimator with the least variance, which comes first.
    length ??= Math.sqrt(Math.max(0, norm(mean) ** 2 - variance / count));
    rows.unshift({ model: name, equation, variance, relativeDeviation: Math.sqrt(variance) / length });
  }
  return rows;
}

/** A value without a gradient, and without its history, for which tfjs lacks derivatives. */
function constant(x) {
  return tf.customGrad((given) => ({ value: tf.clone(given), gradFunc: (dy) => tf.zerosLike(dy) }))(x);
}

const gsLatent = (temperature) => new GumbelSoftmaxLatent({ ...size, temperature });

function igrLatent(temperature) {
  const target = new Array(size.categories).fill(1 / size.categories);
  const { loc, scale } = core.fitPrior({ target, temperature, rng: core.createRng("prior") });
  return new IgrLatent({ ...size, temperature, prior: { loc: loc.dataSync(), scale: scale.dataSync() } });
}

/** Everything that needs trained weights. */
export async function measureVae() {
  const [all, test] = await Promise.all([loadMnist({ split: "train" }), loadMnist({ split: "test" })]);
  const data = { train: all, test };
  const gs = await train(gsLatent(0.67), data);
  const igr = await train(igrLatent(0.5), data);
  // The temperatures at which 75 % of the draws are within 0.2 of a vertex, for the share of vanished gradients.
  const [coldGs, coldIgr] = [await train(gsLatent(0.15), data), await train(igrLatent(0.1), data)];
  const rng = core.createRng("images");
  let x;
  for await (const batch of test.batches({ batchSize: 64, shuffle: false, rng, binarize: "dynamic" })) {
    x = tf.reshape(batch.images, [64, 784]);
    break;
  }
  const inTraining = { "GS(0.67)": gs, "IGR(0.50)": igr, "GS(0.15)": coldGs, "IGR(0.10)": coldIgr };
  return {
    size,
    epochs,
    draws,
    trained: { GS: { elbo: gs.elbo }, IGR: { elbo: igr.elbo } },
    inTraining: Object.entries(inTraining).map(([name, { elbo, vanished }]) => ({ name, elbo, vanished })),
    estimators: await compareEstimators(gs.model, x),
    divergences: await compareDivergences(gs.model, igr.model, x),
    equations: [...(await compareEquations("GS", gs.model, x)), ...(await compareEquations("IGR", igr.model, x))],
  };
}
