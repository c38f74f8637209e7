// Our side of the stability table: the rows of test/fixtures/stability.json, computed by @igr/core and @igr/bijectors on
// the active backend, and what is right. The libraries are arguments, so that the tests pass the sources and the
// command that writes docs/numerics.md the build.

/**
 * An entry is right if it is this close to float64, relative to the sum of the magnitudes that are added up: ten times what a
 * careful float32 program reaches. Eq 24 exponentiates sums of logarithms and divides them by the temperature.
 */
export const tolerance = (quantity) => (quantity.includes("draw, stick-breaking") ? 8e-5 : 5e-6);

/** The inputs, by the rule of generate_stability.py. */
const noise = (size) => Array.from({ length: size }, (_, k) => (((37 * k + 11) % 101) - 30) / 16);
const logits = (size, spread) =>
  Array.from({ length: size }, (_, k) => spread * (k === 0 ? 1 : k === 1 ? -1 : (((29 * k + 7) % 64) - 32) / 32));
const watched = (size) => [...new Set([0, 1, size >> 1, size - 1].filter((k) => k < size))].sort((a, b) => a - b);

/** A generator whose draws are given. */
function fixedRng(tf, values) {
  const draw = (shape) => tf.reshape(tf.tensor(values, undefined, "float32"), shape);
  const rng = {
    normal: draw,
    uniform: draw,
    gumbel: draw,
    fork: () => rng,
    fill() {},
    bits() {},
    state() {},
    root: {},
  };
  return rng;
}

function evaluators({ tf, core, bijectors }) {
  const pick = (x, size) => tf.gather(x, tf.tensor1d(watched(size), "int32"), x.rank - 1);
  const concrete = (Family, { categories, spread, temperature }, l = tf.tensor1d(logits(categories, spread))) =>
    new Family({ logits: l, temperature });
  const gumbel = ({ categories }) => fixedRng(tf, noise(categories));
  const logDensity = (Family) => (row) => concrete(Family, row).sampleAndLogProb(gumbel(row)).logProb;
  // One draw's summand of the Monte Carlo divergence from a uniform prior of twice the temperature.
  const logRatio = (Family) => (row) => {
    const prior = new Family({ logits: tf.zeros([row.categories]), temperature: 2 * row.temperature });
    const options = { method: "monte-carlo", rng: gumbel(row), samples: 1 };
    return core.klDivergence(concrete(Family, row), prior, options);
  };
  const pre = ({ categories, spread }) => tf.tensor1d(logits(categories, spread).slice(0, -1));
  const softmax = ({ temperature }) => new bijectors.SoftmaxPlusPlus({ temperature, delta: 1 });
  const sticks = () => new bijectors.Chain([new bijectors.StickBreaking(), new bijectors.Sigmoid()]);
  const inverse = (make) => (row) => {
    const map = make(row);
    return pick(map.inverseFromLog(map.forwardLog(pre(row))), row.categories - 1);
  };
  const igr = (transform) => (row) => {
    const options = { loc: pre(row), scale: tf.onesLike(pre(row)), temperature: row.temperature, transform };
    const relaxed = new core.IGR({ ...options, ...(transform === "interpolation" ? {} : { delta: 1 }) });
    return relaxed.sampleLogAndLogProb(fixedRng(tf, noise(row.categories).slice(0, -1))).logProb;
  };
  return {
    "log z of a draw": (row) => pick(concrete(core.ExpConcrete, row).sample(gumbel(row)), row.categories),
    "log-density of a draw, log space": logDensity(core.ExpConcrete),
    "log-density of a draw, simplex": logDensity(core.Concrete),
    "gradient of that density by the logits": (row) =>
      pick(
        tf.grad((l) => concrete(core.Concrete, row, l).sampleAndLogProb(gumbel(row)).logProb)(
          tf.tensor1d(logits(row.categories, row.spread)),
        ),
        row.categories,
      ),
    "log q - log p of a draw, log space": logRatio(core.ExpConcrete),
    "log q - log p of a draw, simplex": logRatio(core.Concrete),
    "log-density of a binary draw, simplex": ({ spread, temperature }) => {
      // The logistic noise of a draw is the difference of two Gumbel draws.
      const gumbels = [1.1875, 0];
      const rng = { ...fixedRng(tf, 0), gumbel: () => tf.scalar(gumbels.shift()) };
      return new core.RelaxedBernoulli({ temperature, logits: spread }).sampleAndLogProb(rng).logProb;
    },
    "softmax++ log-determinant": (row) => softmax(row).forwardLogDetJacobian(pre(row)),
    "softmax++ inverse of its own output": inverse(softmax),
    "stick-breaking log-determinant": (row) => sticks().forwardLogDetJacobian(pre(row)),
    "stick-breaking inverse of its own output": inverse(sticks),
    "planar log-determinant": ({ product, preActivation }) =>
      new bijectors.Planar({ u: [product, 0], w: [1, 0] }).forwardLogDetJacobian([preActivation, 0]),
    "IGR log-density of a draw, softmax++": igr("softmax++"),
    "log q - log p of a draw, IGR softmax++": (row) => {
      const { temperature } = row;
      const q = new core.IGR({ loc: pre(row), scale: tf.onesLike(pre(row)), temperature, delta: 1 });
      const p = new core.IGR({ loc: tf.zerosLike(pre(row)), scale: 1, temperature: 2 * temperature, delta: 1 });
      const rng = fixedRng(tf, noise(row.categories).slice(0, -1));
      return core.klDivergence(q, p, { method: "monte-carlo", rng, samples: 1 });
    },
    "IGR log-density of a draw, interpolation": igr("interpolation"),
    "IGR log-density of a draw, stick-breaking": igr("stick-breaking"),
    "KL of two categoricals": ({ categories, spread }) => {
      const l = logits(categories, spread);
      const of = (values) => new core.OneHotCategorical({ logits: values });
      return core.klDivergence(of(l), of([...l].reverse()));
    },
    "KL of two Bernoullis": ({ q, p }) =>
      core.klDivergence(new core.Bernoulli({ logits: q }), new core.Bernoulli({ logits: p })),
    "KL of two IGRs (eq 19, one coordinate)": ({ loc, scale }) =>
      core.klDivergence(
        new core.IGR({ loc: [loc], scale: [scale], temperature: 0.5 }),
        new core.IGR({ loc: [0], scale: [1], temperature: 0.5 }),
      ),
    "log-density at a vertex": ({ categories, temperature }) =>
      new core.Concrete({ logits: new Array(categories).fill(0), temperature }).logProb(
        Array.from({ length: categories }, (_, k) => (k === 0 ? 1 : 0)),
      ),
  };
}

/** Our value of a row: a number, or one for each watched coordinate. */
export function evaluate(libraries, row) {
  const { tf } = libraries;
  return tf.tidy(() => {
    const result = evaluators(libraries)[row.quantity](row);
    const values = Array.from(result.dataSync());
    return result.rank === 0 ? values[0] : values.slice(0, Array.isArray(row.exact) ? row.exact.length : 1);
  });
}

/**
 * The verdict on a row, that of its worst coordinate, and the largest error relative to `max(1, terms)`. `limit`: the
 * documented limit where no value exists.
 */
export function judge(row, value) {
  if (value === "refused") return { verdict: "refused", error: Number.NaN };
  const list = (x) => (Array.isArray(x) ? x : [x]);
  const [values, exact, terms] = [list(value), list(row.exact), list(row.terms)].map((xs) => xs.map(toNumber));
  if (row.quantity === "log-density at a vertex") {
    if (Number.isNaN(values[0])) return { verdict: "NaN", error: Number.NaN };
    const isLimit = row.exact === "none" ? Number.isFinite(values[0]) : values[0] === exact[0];
    return { verdict: isLimit ? "limit" : Number.isFinite(values[0]) ? "wrong" : "infinite", error: Number.NaN };
  }
  if (values.some(Number.isNaN)) return { verdict: "NaN", error: Number.NaN };
  if (values.some((x) => !Number.isFinite(x))) return { verdict: "infinite", error: Number.POSITIVE_INFINITY };
  const error = Math.max(
    ...values.map((x, k) => Math.abs(x - exact[k]) / Math.max(1, terms[terms.length === 1 ? 0 : k])),
  );
  return { verdict: error <= tolerance(row.quantity) ? "right" : "wrong", error };
}

function toNumber(x) {
  return typeof x === "number" ? x : x === "Infinity" ? Infinity : x === "-Infinity" ? -Infinity : Number.NaN;
}
