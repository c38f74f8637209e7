// Bias and variance of every estimator on a toy whose gradient is known by enumeration.
import { core, tf } from "./libraries.mjs";

const draws = 10_000;
/** Number of passes with `draws` estimates each. */
const passes = 5;

/**
 * `(mean over n of z_n . [0 ... 1] - 0.45)^2` for N variables of K categories; N = 1 and K = 2 is the toy of Tucker et al. (2017).
 */
const problems = [
  { name: "1 variable, 2 categories", logits: [[0, 0]] },
  {
    name: "3 variables, 6 categories",
    logits: [
      [0.3, -0.8, 0.5, 0, 0.1, -0.2],
      [1, 0, -1, 0.2, 0.5, 0],
      [-0.5, 1.5, 0, 0, -1, 0.4],
    ],
  },
];

const lossFor = (categories) => (z) => {
  const position = tf.sum(tf.mul(z, tf.linspace(0, 1, categories)), -1);
  return tf.square(tf.sub(tf.mean(position, -1), 0.45));
};

/** The exact gradient in float64, by enumeration of the K^N draws. */
export function exactGradient(logits) {
  const [variables, categories] = [logits.length, logits[0].length];
  const probs = logits.map((row) => {
    const weights = row.map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
  const gradient = new Float64Array(variables * categories);
  for (let code = 0; code < categories ** variables; code++) {
    const draw = logits.map((_, n) => Math.floor(code / categories ** n) % categories);
    const probability = draw.reduce((product, k, n) => product * probs[n][k], 1);
    const loss = (draw.reduce((sum, k) => sum + k / (categories - 1), 0) / variables - 0.45) ** 2;
    for (const [n, k] of draw.entries()) {
      for (let j = 0; j < categories; j++) {
        gradient[n * categories + j] += probability * loss * ((j === k ? 1 : 0) - probs[n][j]);
      }
    }
  }
  return gradient;
}

/** All estimators use two draws, which leave-one-out needs. */
const samples = 2;
const categorical = (logits) => new core.OneHotCategorical({ logits });
const concrete = (temperature) => (logits) => new core.Concrete({ logits, temperature });
const control = (inputs) => new core.TanhControlVariate({ inputs, hidden: [32], rng: core.createRng("control") });

const estimators = [
  { name: "REINFORCE", make: () => new core.Reinforce({ samples }) },
  {
    name: "REINFORCE, moving average",
    make: () => new core.Reinforce({ samples, baseline: "moving-average" }),
    steps: 200,
  },
  { name: "REINFORCE, leave-one-out", make: () => new core.Reinforce({ samples, baseline: "leave-one-out" }) },
  { name: "REBAR(0.5)", make: () => new core.Rebar({ samples, temperature: 0.5 }) },
  {
    name: "REBAR(0.5), second draw independent",
    make: () => new core.Rebar({ samples, temperature: 0.5, coupled: false }),
  },
  { name: "REBAR(0.1)", make: () => new core.Rebar({ samples, temperature: 0.1 }) },
  {
    name: "REBAR(0.5), scale learned",
    make: () => new core.Rebar({ samples, temperature: 0.5, scale: tf.variable(tf.scalar(1)) }),
    steps: 500,
  },
  {
    name: "RELAX(0.5)",
    make: (inputs) => new core.Relax({ samples, temperature: 0.5, controlVariate: control(inputs) }),
    steps: 500,
  },
  {
    name: "RELAX, network alone",
    make: (inputs) => new core.Relax({ samples, controlVariate: control(inputs) }),
    steps: 500,
  },
  { name: "straight-through", make: () => new core.StraightThrough({ samples }) },
  ...[0.1, 0.5, 1].map((temperature) => ({
    name: `ST Gumbel-Softmax(${temperature})`,
    make: () => new core.Pathwise({ samples, hard: true }),
    of: concrete(temperature),
  })),
  ...[0.1, 0.5, 1].map((temperature) => ({
    name: `Gumbel-Softmax(${temperature})`,
    make: () => new core.Pathwise({ samples }),
    of: concrete(temperature),
  })),
];

/** Relative bias with its standard error, and the deviation of one estimate relative to the gradient. */
export function measureToy() {
  return problems.map(({ name, logits }) => {
    const exact = exactGradient(logits);
    const inputs = exact.length;
    const loss = lossFor(logits[0].length);
    const norm = Math.hypot(...exact);
    const rows = estimators.map(({ name, make, of = categorical, steps = 0 }) => {
      const estimator = make(inputs);
      learn(estimator, logits, loss, steps);
      const { mean, variance } = moments(inputs, (pass) =>
        tf.tidy(() => {
          const rows = tf.tile(tf.tensor3d([logits]), [draws, 1, 1]);
          const surrogate = (x) => tf.sum(estimator.surrogate(of(x), loss, core.createRng(`toy ${pass}`)));
          return tf.grad(surrogate)(rows).dataSync();
        }),
      );
      const estimates = draws * passes;
      const bias = mean.map((value, k) => value - exact[k]);
      const worst = Math.max(...bias.map((value, k) => Math.abs(value) / Math.sqrt(variance[k] / estimates + 1e-20)));
      const total = variance.reduce((sum, value) => sum + value, 0);
      const result = {
        estimator: name,
        isUnbiased: estimator.isUnbiased,
        relativeBias: Math.hypot(...bias) / norm,
        standardError: Math.sqrt(total / estimates) / norm,
        worstScore: worst,
        relativeDeviation: Math.sqrt(total) / norm,
      };
      estimator.dispose();
      return result;
    });
    return { name, norm, samples, estimates: draws * passes, rows };
  });
}

/**
 * IGR in its own parameters: the gradient with respect to loc and scale of the expectation over its argmax, known from
 * its categories' probabilities, compared with the score function for these probabilities and with the pathwise
 * gradient of the relaxed loss.
 */
export function measureIgrToy() {
  const [loc, scale] = [tf.tensor2d([[0.3, -0.4, 0.1, 0.5, -0.2]]), tf.tensor2d([[0.5, 1, 0.7, 0.9, 0.6]])];
  const categories = 6;
  const loss = lossFor(categories);
  const repeats = 400;
  return [0.1, 0.5].map((temperature) => {
    const igr = (loc, scale) => new core.IGR({ loc, scale, temperature });
    const value = tf.square(tf.sub(tf.linspace(0, 1, categories), 0.45));
    const expectation = (loc, scale) => tf.sum(tf.mul(igr(loc, scale).discreteProbs(), value));
    const exact = flat(tf.grads(expectation)([loc, scale]));
    const norm = Math.hypot(...exact);
    const cases = {
      "REINFORCE, leave-one-out": [new core.Reinforce({ samples, baseline: "leave-one-out" }), (igr) => igr.discrete()],
      pathwise: [new core.Pathwise({ samples }), (igr) => igr],
      "pathwise, one-hot draws": [new core.Pathwise({ samples, hard: true }), (igr) => igr],
    };
    const rows = Object.entries(cases).map(([name, [estimator, of]]) => {
      const rng = core.createRng("igr toy");
      const estimates = Array.from({ length: repeats }, () =>
        tf.tidy(() =>
          flat(tf.grads((loc, scale) => estimator.surrogate(of(igr(loc, scale)), loss, rng))([loc, scale])),
        ),
      );
      const mean = exact.map((_, k) => estimates.reduce((sum, each) => sum + each[k], 0) / repeats);
      const total = estimates.reduce((sum, each) => sum + each.reduce((s, x, k) => s + (x - mean[k]) ** 2, 0), 0);
      const deviation = Math.sqrt(total / (repeats - 1));
      return {
        estimator: name,
        isUnbiased: estimator.isUnbiased,
        relativeBias: Math.hypot(...mean.map((each, k) => each - exact[k])) / norm,
        standardError: deviation / Math.sqrt(repeats) / norm,
        relativeDeviation: deviation / norm,
      };
    });
    return { temperature, repeats, rows };
  });
}

const flat = (gradients) => gradients.flatMap((each) => Array.from(each.dataSync()));

/** Trains the learned parts of an estimator at the fixed logits. */
function learn(estimator, logits, loss, steps) {
  const optimizer = tf.train.adam(0.01);
  const rng = core.createRng("learning");
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const rows = tf.tile(tf.tensor3d([logits]), [64, 1, 1]);
      const surrogate = () => tf.mean(estimator.surrogate(categorical(rows), loss, rng));
      if (estimator.trainableVariables.length > 0) {
        // The square of a gradient's norm of about 0.02 is too small a loss for Adam's epsilon.
        optimizer.minimize(() => tf.mul(surrogate(), 1e4), false, estimator.trainableVariables);
      } else {
        surrogate();
      }
    });
  }
  optimizer.dispose();
}

function moments(inputs, pass) {
  const [sum, squares] = [new Float64Array(inputs), new Float64Array(inputs)];
  for (let index = 0; index < passes; index++) {
    const values = pass(index);
    for (let i = 0; i < values.length; i++) {
      sum[i % inputs] += values[i];
      squares[i % inputs] += values[i] ** 2;
    }
  }
  const count = passes * draws;
  const mean = Array.from(sum, (each) => each / count);
  return { mean, variance: mean.map((each, k) => squares[k] / count - each ** 2) };
}
