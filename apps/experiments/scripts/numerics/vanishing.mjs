// Appendix A: the share of entries d z_k / d parameter_j that are 0 in float32, by relaxation and temperature. Each z_k
// is differentiated separately; the gradient of their sum, a constant, would be rounding noise.
import { bijectors, core, tf } from "./libraries.mjs";

const categories = 10;
const draws = 1000;
const temperatures = [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.25, 0.5, 0.67, 1];
/** The smallest normal float32; smaller numbers are 0 on a backend that flushes denormals. */
const smallestNormal = 2 ** -126;

const row = (value, size) => tf.fill([draws, size], value);
const uniformLogits = () => [row(0, categories)];
const standardNormal = () => [row(0, categories - 1), row(1, categories - 1)];

function planarFlow() {
  const rng = core.createRng("planar");
  const flows = Array.from({ length: 2 }, () => {
    const [u, w] = [rng.normal([categories - 1]), rng.normal([categories - 1])];
    return new bijectors.Planar({ u: tf.keep(tf.mul(u, 0.5)), w: tf.keep(tf.mul(w, 0.5)) });
  });
  return new bijectors.Chain(flows);
}

const igr = (transform) => ({
  parameters: standardNormal,
  make: ([loc, scale], temperature) => new core.IGR({ loc, scale, temperature, transform: transform() }),
});

/** Uniform logits for the Gumbel-Softmax, loc 0 and scale 1 for each IGR. */
const families = {
  GS: {
    parameters: uniformLogits,
    make: ([logits], temperature) => new core.Concrete({ logits, temperature }),
  },
  "ExpConcrete (log z)": {
    parameters: uniformLogits,
    make: ([logits], temperature) => new core.ExpConcrete({ logits, temperature }),
  },
  "IGR softmax++": igr(() => "softmax++"),
  "IGR stick-breaking": igr(() => "stick-breaking"),
  "IGR interpolation": igr(() => "interpolation"),
  "IGR planar, 2 flows": igr(planarFlow),
};

/** z_k of interpolation does not depend on y_j for j > k: these entries are 0 by construction, and are omitted. */
const dependsOn = (family, gradient, k) =>
  family === "IGR interpolation" ? tf.slice(gradient, [0, 0], [-1, Math.min(k + 1, categories - 1)]) : gradient;

const simplexSample = (family, values, temperature) => {
  const sample = families[family].make(values, temperature).sample(core.createRng(1));
  return family.startsWith("Exp") ? tf.exp(sample) : sample;
};

/** Share of the draws within 0.2 of a vertex. */
function proximity(family, temperature) {
  return tf.tidy(() => {
    const z = simplexSample(family, families[family].parameters(), temperature);
    return tf.mean(tf.cast(tf.lessEqual(core.distanceToVertex(z), 0.2), "float32")).dataSync()[0];
  });
}

/** The temperature at which 75 % of the draws are within 0.2 of a vertex, the paper's criterion; by bisection. */
function matchedTemperature(family) {
  let [low, high] = [0.01, 1];
  for (let step = 0; step < 12; step++) {
    const middle = Math.sqrt(low * high);
    if (proximity(family, middle) > 0.75) low = middle;
    else high = middle;
  }
  return Number(Math.sqrt(low * high).toPrecision(3));
}

/**
 * Shares for each family and temperature, with the distances of samples from a vertex; and at the matched temperature.
 */
export function measureVanishing() {
  const rows = [];
  const matched = [];
  for (const family of Object.keys(families)) {
    rows.push(...temperatures.map((temperature) => sharesAt(family, temperature)));
    matched.push(sharesAt(family, matchedTemperature(family)));
  }
  return { categories, draws, backend: tf.getBackend(), rows, matched };
}

function sharesAt(family, temperature) {
  const { parameters, make } = families[family];
  const [zero, flushed, tiny] = tf.tidy(() => {
    const values = parameters();
    const gradients = Array.from({ length: categories }, (_, k) =>
      tf
        .grads((...given) => {
          // The same seed for each k: all z_k belong to one draw.
          const sample = make(given, temperature).sample(core.createRng(1));
          return tf.sum(tf.slice(sample, [0, k], [-1, 1]));
        })(values)
        .map((gradient) => dependsOn(family, gradient, k)),
    ).flat();
    const thresholds = [0, smallestNormal, 1e-10];
    return tf.stack(thresholds.map((threshold) => core.vanishingFraction(gradients, { threshold }))).dataSync();
  });
  return { family, temperature, zero, flushed, tiny, near: proximity(family, temperature) };
}

/**
 * Eq 26 and 27 in float64 compared with tfjs' gradients of the same draws in float32: d z_k / d alpha_j = z_k (delta_kj
 * - z_j) / (tau
 * alpha_j), and d log z_k / d alpha_j = (delta_kj - z_j) / (tau alpha_j). The largest differences, as multiples of
 * 1 / (tau alpha_j), and the shares of entries that are 0 in either.
 */
export function measureAppendixA() {
  return [0.05, 0.1, 0.25, 0.67].map((temperature) => {
    const alpha = Array.from({ length: categories }, (_, k) => (k + 1) / 4);
    const noise = Float32Array.from(tf.tidy(() => core.createRng(2).gumbel([draws, categories]).dataSync()));
    const result = { temperature };
    for (const [equation, Family] of [
      ["26", core.Concrete],
      ["27", core.ExpConcrete],
    ]) {
      const measured = jacobian(Family, alpha, temperature);
      let [worst, zeros, exactZeros] = [0, 0, 0];
      for (let draw = 0; draw < draws; draw++) {
        const exact = analytic(
          equation,
          alpha,
          temperature,
          noise.subarray(draw * categories, (draw + 1) * categories),
        );
        for (const [index, value] of exact.entries()) {
          const ours = measured[draw * categories ** 2 + index];
          worst = Math.max(worst, Math.abs(ours - value) * temperature * alpha[index % categories]);
          zeros += ours === 0 ? 1 : 0;
          exactZeros += Math.fround(value) === 0 ? 1 : 0;
        }
      }
      const entries = draws * categories ** 2;
      result[`eq${equation}`] = { worst, zero: zeros / entries, zeroOfFormula: exactZeros / entries };
    }
    return result;
  });
}

function analytic(equation, alpha, temperature, gumbel) {
  const scores = alpha.map((a, k) => (Math.log(a) + gumbel[k]) / temperature);
  const top = Math.max(...scores);
  const weights = scores.map((s) => Math.exp(s - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const z = weights.map((w) => w / total);
  const rest = (k) => weights.reduce((sum, w, j) => sum + (j === k ? 0 : w), 0) / total;
  return z.flatMap((zk, k) =>
    alpha.map((a, j) => ((equation === "26" ? zk : 1) * (j === k ? rest(k) : -z[j])) / (temperature * a)),
  );
}

/** `[draws, k, j]`, flat, from one gradient for each k; the seed is that of the noise above. */
function jacobian(Family, alpha, temperature) {
  return tf.tidy(() => {
    const rows = tf.tile(tf.tensor2d([alpha]), [draws, 1]);
    const columns = alpha.map((_, k) =>
      tf.grad((a) => {
        const sample = new Family({ logits: tf.log(a), temperature }).sample(core.createRng(2));
        return tf.sum(tf.slice(sample, [0, k], [-1, 1]));
      })(rows),
    );
    return tf.stack(columns, 1).dataSync();
  });
}
