// Noise of the KL term of a trained model, and of the gradient of the whole bound by eq 2 and eq 4.
import { jit } from "@igr/jit";
import { draws, moments, norm, reconstructionLoss, size, threads } from "./encoder-gradients.mjs";
import { core, tf } from "./libraries.mjs";

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
export async function compareDivergences(gs, igr, x) {
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
export async function compareEquations(name, model, x) {
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
