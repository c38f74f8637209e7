// Bias and variance of every gradient estimator of @igr/core, on losses whose gradient is known by enumeration. Writes
// docs/results/estimators.json; takes ten minutes on two cores. `npm run docs:estimators` builds, measures, and writes
// the page.
import { keep, kept } from "./kept.mjs";
import { core, tf } from "./libraries.mjs";

const draws = 1000;
/** Number of passes with `draws` estimates each; their spread is the error bar of a deviation. */
const passes = 5;
/** Evaluations of the loss at one-hot draws for each estimate. */
const samples = 2;

const { OneHotCategorical, createRng } = core;
const categorical = (logits) => new OneHotCategorical({ logits });
const concrete = (temperature) => (logits) => new core.Concrete({ logits, temperature });
const control = (inputs) => new core.TanhControlVariate({ inputs, hidden: [32], rng: createRng("control") });
const learnedScale = () => tf.variable(tf.scalar(1));

const estimators = [
  ["REINFORCE", () => new core.Reinforce({ samples })],
  ["REINFORCE, leave-one-out", () => new core.Reinforce({ samples, baseline: "leave-one-out" })],
  ["REBAR(0.5)", () => new core.Rebar({ samples, temperature: 0.5 })],
  ["REBAR(0.5), scale learned", () => new core.Rebar({ samples, temperature: 0.5, scale: learnedScale() })],
  ["RELAX(0.5)", (size) => new core.Relax({ samples, temperature: 0.5, controlVariate: control(size) })],
  ["DisARM", () => new core.DisArm({ samples })],
  ["DisARM, sticks", () => new core.DisArm({ samples, tree: "sticks" })],
  ["CARMS", () => new core.Carms({ samples })],
  ["CARMS, nodes", () => new core.Carms({ samples, weighting: "nodes" })],
  ["double CV", () => new core.DoubleCv({ samples })],
  ["double CV, scale learned", () => new core.DoubleCv({ samples, scale: learnedScale() })],
  ["RODEO", () => new core.Rodeo({ samples, rng: createRng("rodeo") })],
  ["straight-through", () => new core.StraightThrough({ samples })],
  ["straight-through, backward 2", () => new core.StraightThrough({ samples, backwardTemperature: 2 })],
  ["ReinMax", () => new core.ReinMax({ samples })],
  ["ReinMax(1.3)", () => new core.ReinMax({ samples, temperature: 1.3 })],
  ["ReinMax, leave-one-out", () => new core.ReinMax({ samples, variant: "leave-one-out" })],
  ["ReinMax-Rao(1)", () => new core.ReinMax({ samples, variant: "rao" })],
  ["ST Gumbel-Softmax(0.5)", () => new core.Pathwise({ samples, hard: true }), concrete(0.5)],
  ["Gumbel-Rao(0.5), 10", () => new core.GumbelRao({ samples, temperature: 0.5 })],
  ["gapped ST(0.5)", () => new core.GappedStraightThrough({ samples, temperature: 0.5 })],
  ["Gumbel-Softmax(0.5)", () => new core.Pathwise({ samples }), concrete(0.5)],
];

const igrOf = (temperature) => (parameters) => {
  const [loc, scale] = tf.split(parameters, 2, parameters.rank - 1);
  return new core.IGR({ loc, scale, temperature });
};
const discrete = (parameters) => igrOf(0.5)(parameters).discrete();
const igrEstimators = [
  ["REINFORCE, leave-one-out", () => new core.Reinforce({ samples, baseline: "leave-one-out" }), discrete],
  ["DisARM", () => new core.DisArm({ samples }), discrete],
  ["CARMS", () => new core.Carms({ samples }), discrete],
  ["double CV", () => new core.DoubleCv({ samples }), discrete],
  ["straight-through on its probabilities", () => new core.StraightThrough({ samples }), discrete],
  ["ReinMax on its probabilities", () => new core.ReinMax({ samples }), discrete],
  [
    "ReinMax on its probabilities, leave-one-out",
    () => new core.ReinMax({ samples, variant: "leave-one-out" }),
    discrete,
  ],
  ...[0.1, 0.5].flatMap((temperature) => [
    [`straight-through IGR(${temperature})`, () => new core.Pathwise({ samples, hard: true }), igrOf(temperature)],
    [
      `straight-through IGR(${temperature}), 8 pre-images`,
      () => new core.IgrRao({ samples, conditionalDraws: 8 }),
      igrOf(temperature),
    ],
    [`IGR(${temperature}), relaxed loss`, () => new core.Pathwise({ samples }), igrOf(temperature)],
  ]),
];

/** Losses `[..., N, K] -> [...]`, with coefficients that join the variables. */
function losses(variables, categories) {
  const size = variables * categories;
  const rng = createRng(`losses ${size}`);
  const [linear, square, hidden, out] = [
    [size, 1],
    [size, size],
    [size, 6],
    [6, 1],
  ].map((shape) => rng.normal(shape));
  const of = (f) => (z) => tf.reshape(f(tf.reshape(z, [-1, size])), z.shape.slice(0, -2));
  return {
    linear: of((x) => tf.matMul(x, linear)),
    quadratic: of((x) => tf.add(tf.matMul(x, linear), tf.mul(0.3, tf.sum(tf.mul(tf.matMul(x, square), x), 1, true)))),
    network: of((x) => tf.matMul(tf.tanh(tf.add(tf.mul(0.5, tf.matMul(x, hidden)), 0.7)), out)),
  };
}

/** E loss from the logarithms of the probabilities `[N, K]`, over all outcomes; differentiable. */
function expectation(logProbs, loss) {
  const [variables, categories] = logProbs.shape;
  const codes = Array.from({ length: categories ** variables }, (_, code) =>
    Array.from({ length: variables }, (_, n) => Math.floor(code / categories ** n) % categories),
  );
  const z = tf.cast(tf.oneHot(tf.tensor2d(codes, undefined, "int32"), categories), "float32");
  return tf.sum(tf.mul(tf.exp(tf.sum(tf.mul(z, logProbs), [1, 2])), loss(z)));
}

const problems = [
  { name: "3 bits", variables: 3, categories: 2, kind: "logits" },
  { name: "2 variables of 10 categories", variables: 2, categories: 10, kind: "logits" },
  { name: "IGR, 2 variables of 4 categories", variables: 2, categories: 4, kind: "igr" },
];

function parametersOf({ variables, categories, kind }) {
  const rng = createRng(1);
  if (kind === "logits") return rng.normal([variables, categories]);
  const loc = tf.mul(0.6, rng.normal([variables, categories - 1]));
  return tf.concat([loc, tf.exp(tf.mul(0.3, rng.normal([variables, categories - 1])))], 1);
}

function measure() {
  const byProblem = problems.map((problem) => {
    const { name, variables, categories, kind } = problem;
    const parameters = parametersOf(problem);
    const logProbs = (x) => (kind === "igr" ? discrete(x).logProbs : tf.logSoftmax(x));
    const byLoss = Object.entries(losses(variables, categories)).map(([kindOfLoss, loss]) => {
      const exact = Array.from(tf.tidy(() => tf.grad((x) => expectation(logProbs(x), loss))(parameters)).dataSync());
      const norm = Math.hypot(...exact);
      const rows = (kind === "igr" ? igrEstimators : estimators).map(([label, make, of = categorical]) => {
        console.log(`${name}, ${kindOfLoss}: ${label}`);
        const estimator = make(variables * categories);
        learn(estimator, parameters, loss, of, norm);
        const parts = Array.from({ length: passes }, (_, pass) => estimates(estimator, parameters, loss, of, pass));
        const result = {
          estimator: label,
          isUnbiased: estimator.isUnbiased,
          ...summary(parts, exact),
        };
        estimator.dispose();
        return result;
      });
      return { loss: kindOfLoss, norm, rows };
    });
    return { name, byLoss };
  });
  return { samples, estimates: draws * passes, problems: byProblem };
}

function estimates(estimator, parameters, loss, of, pass) {
  return tf.tidy(() => {
    const rows = tf.tile(tf.expandDims(parameters, 0), [draws, 1, 1]);
    const surrogate = (x) => tf.sum(estimator.surrogate(of(x), loss, createRng(`toy ${pass}`)));
    return tf.grad(surrogate)(rows).dataSync();
  });
}

/**
 * Bias, its standard error, the deviation of one estimate and its standard error, all relative to the norm of the
 * gradient.
 */
function summary(parts, exact) {
  const size = exact.length;
  const norm = Math.hypot(...exact);
  const moments = parts.map((values) => {
    const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
    for (let i = 0; i < values.length; i++) {
      sum[i % size] += values[i] / draws;
      squares[i % size] += values[i] ** 2 / draws;
    }
    return { mean: sum, variance: squares.reduce((total, each, k) => total + each - sum[k] ** 2, 0) };
  });
  const mean = exact.map((_, k) => moments.reduce((total, each) => total + each.mean[k] / passes, 0));
  const variance = moments.reduce((total, each) => total + each.variance / passes, 0);
  const deviations = moments.map((each) => Math.sqrt(Math.max(each.variance, 0)) / norm);
  const deviation = deviations.reduce((total, each) => total + each / passes, 0);
  const spread = deviations.reduce((total, each) => total + (each - deviation) ** 2 / (passes - 1), 0);
  return {
    bias: Math.hypot(...mean.map((each, k) => each - exact[k])) / norm,
    biasError: Math.sqrt(Math.max(variance, 0) / (draws * passes)) / norm,
    deviation,
    deviationError: Math.sqrt(spread / passes),
  };
}

/** Trains the learned parts of an estimator at the fixed parameters. */
function learn(estimator, parameters, loss, of, norm) {
  if (estimator.trainableVariables.length === 0) return;
  const optimizer = tf.train.adam(0.01);
  const rng = createRng("learning");
  for (let step = 0; step < 300; step++) {
    tf.tidy(() => {
      const rows = tf.tile(tf.expandDims(parameters, 0), [64, 1, 1]);
      // For a small gradient, its squared norm is too small a loss for Adam's epsilon.
      const surrogate = () => tf.mul(tf.mean(estimator.surrogate(of(rows), loss, rng)), 1 / norm ** 2);
      optimizer.minimize(surrogate, false, estimator.trainableVariables);
    });
  }
  optimizer.dispose();
}

keep(kept("estimators.json"), measure(), 6);
