import {
  broadcastShapes,
  broadcastTensor,
  checkInteger,
  checkRuntime,
  equalShapes,
  formatShape,
  unknownChoice,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkDistribution } from "../base/check-distribution.js";
import type { Distribution } from "../base/distribution.js";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Rng } from "../random/rng.js";
import { closedKl } from "./kl-registry.js";

/** Options of {@link klDivergence}. */
export interface KlOptions {
  /**
   * - `'closed'`: the registered closed form, or an error.
   * - `'monte-carlo'`: the mean of log q(z) - log p(z) over draws of q (eq 14), unbiased; needs `rng`.
   * - `'categorical'`: the divergence of the discrete distributions that q and p relax (eq 9). It is common for the
   * Gumbel-Softmax, but is not the divergence of the relaxed distributions: with relaxed samples it gives no bound on
   * log p(x).
   *
   * By default the closed form if there is one, else Monte Carlo if `rng` is given, else an error.
   */
  readonly method?: "closed" | "monte-carlo" | "categorical";
  /** Generator of the Monte Carlo draws. */
  readonly rng?: Rng;
  /** Number of Monte Carlo draws; 1 by default, as is common within a training step. */
  readonly samples?: number;
  /**
   * Monte Carlo only: differentiate log q(z) through z alone and not through q's parameters, whose own contribution is
   * zero on average (Roeder, Wu and Duvenaud 2017). The value is the same; the gradient is still unbiased, and without
   * noise where q equals p. Off by default.
   */
  readonly stickTheLanding?: boolean;
}

/**
 * Kullback-Leibler divergence KL(q || p) = E_q[log q(z) - log p(z)] in nats, for each member of the batch: the event
 * axes are summed. Shapes: the batch shapes of q and p, broadcast.
 *
 * Closed forms: pairs of one class of Normal, Gumbel, Laplace, Cauchy, HalfNormal, Exponential, Uniform, Gamma, Beta, Dirichlet,
 * ContinuousBernoulli, MultivariateNormalTriL, MultivariateNormalDiag, Bernoulli, Categorical, OneHotCategorical, Poisson and
 * Geometric; Exponential with Gamma, and the two multivariate normals with each other; Deterministic against a discrete
 * distribution of numbers; Binomial, NegativeBinomial and Multinomial pairs of one totalCount;
 * Logistic pairs of one scale; IGR pairs of one transform (eq 19); by quadrature Kumaraswamy against Kumaraswamy or Beta,
 * and KumaraswamyStickBreaking against its own kind in one order or a Dirichlet; and Independent and TransformedDistribution (of equal
 * bijectors) over pairs that have one. {@link registerKl} adds others. Monte Carlo works on log z where both are relaxed,
 * so that nothing rounds to log 0.
 *
 * @throws RangeError if event shapes differ, batch shapes do not broadcast, `samples` is not a whole number > 0, or
 * `method` is unknown; TypeError if `q` or `p` is not a distribution, for a missing `rng`, a q without reparameterized
 * samples under `stickTheLanding`, a distribution of log z (ExpConcrete) against one of z, or `'categorical'` for a
 * pair that is not discrete or relaxed; Error if there is no closed form and no `rng`.
 *
 * @example
 * ```ts
 * const q = new Normal({ loc: [0, 1], scale: 1 });
 * const p = new Normal({ loc: 0, scale: 2 });
 * klDivergence(q, p); // [0.3181, 0.4431]
 * klDivergence(q, p, { method: "monte-carlo", rng: createRng(1), samples: 1000 }); // near it
 * ```
 */
export function klDivergence(q: Distribution, p: Distribution, options: KlOptions = {}): tf.Tensor {
  checkDistribution("klDivergence", "q", q);
  checkDistribution("klDivergence", "p", p);
  if (!equalShapes(q.eventShape, p.eventShape)) {
    throw new RangeError(
      `klDivergence: q and p must have the same event shape, got ${formatShape(q.eventShape)} and ${formatShape(p.eventShape)} for ${pairOf(q, p)}`,
    );
  }
  const batchShape = broadcastShapes("klDivergence", {
    "batch of q": q.batchShape,
    "batch of p": p.batchShape,
  });
  checkRuntime("klDivergence");
  return tf.tidy(() => broadcastTensor(divergence(q, p, options), batchShape));
}

function divergence(q: Distribution, p: Distribution, { method, ...options }: KlOptions): tf.Tensor {
  if (method === "monte-carlo") return monteCarloKl(q, p, checkMonteCarlo(q, p, options));
  if (method !== undefined && method !== "closed" && method !== "categorical") {
    throw unknownChoice("klDivergence", "method", method, "'closed', 'monte-carlo' or 'categorical'");
  }
  const [ofQ, ofP] = method === "categorical" ? discreteForms(q, p) : [q, p];
  const closed = closedKl(ofQ, ofP);
  if (typeof closed === "object") return closed;
  if (method === undefined && options.rng !== undefined) return monteCarloKl(q, p, checkMonteCarlo(q, p, options));
  throw noClosedForm(ofQ, ofP, closed);
}

interface MonteCarlo {
  readonly rng: Rng;
  readonly samples: number;
  readonly stickTheLanding: boolean;
}

function monteCarloKl(q: Distribution, p: Distribution, { rng, samples, stickTheLanding }: MonteCarlo): tf.Tensor {
  if (isLogSpace(q) !== isLogSpace(p)) {
    const [logarithms, others] = isLogSpace(q) ? [q, p] : [p, q];
    throw new TypeError(
      `klDivergence: q and p must be distributions of one variable, and draws of ${describe(logarithms)} are logarithms, those of ${describe(others)} are not`,
    );
  }
  const inLogSpace = isRelaxed(q) && isRelaxed(p);
  const [logQForm, logPForm] = inLogSpace ? [q.logForm, p.logForm] : [];
  if (logQForm && logPForm && equalShapes(logQForm.eventShape, logPForm.eventShape)) {
    return monteCarloKl(logQForm, logPForm, { rng, samples, stickTheLanding });
  }
  const draw = inLogSpace
    ? q.sampleLogAndLogProb(rng, [samples], { stickTheLanding })
    : q.sampleAndLogProb(rng, [samples], { stickTheLanding });
  // Inserts axes of size 1 after the samples' axis if p has batch axes that q lacks; otherwise the samples' axis would
  // broadcast against p's batch.
  const missing = new Array<number>(Math.max(0, p.batchShape.length - q.batchShape.length)).fill(1);
  const value = tf.reshape(draw.value, [samples, ...missing, ...q.batchShape, ...q.eventShape]);
  const logQ = tf.reshape(draw.logProb, [samples, ...missing, ...q.batchShape]);
  const logP = inLogSpace ? p.logProbFromLog(value) : p.logProb(value);
  return tf.mean(tf.sub(logQ, logP), 0);
}

function checkMonteCarlo(
  q: Distribution,
  p: Distribution,
  { rng, samples = 1, stickTheLanding = false }: Omit<KlOptions, "method">,
): MonteCarlo {
  if (rng === undefined) {
    throw new TypeError(
      `klDivergence: a Monte Carlo estimate for ${pairOf(q, p)} needs rng, as createRng(seed) makes one`,
    );
  }
  checkInteger("klDivergence", "samples", samples, 1);
  if (stickTheLanding && !q.isReparameterized) {
    throw new TypeError(`klDivergence: stickTheLanding needs reparameterized samples, and ${describe(q)} has none`);
  }
  return { rng, samples, stickTheLanding };
}

function discreteForms(q: Distribution, p: Distribution): [Distribution, Distribution] {
  if ((!isRelaxed(q) && q.isReparameterized) || (!isRelaxed(p) && p.isReparameterized)) {
    throw new TypeError(
      `klDivergence: method 'categorical' is for discrete or relaxed distributions, got ${pairOf(q, p)}`,
    );
  }
  return [isRelaxed(q) ? q.discrete() : q, isRelaxed(p) ? p.discrete() : p];
}

/** The error for a pair without a closed form: the reason, if a rule states one, and the alternatives. */
function noClosedForm(q: Distribution, p: Distribution, reason: string | undefined): Error {
  const because = reason === undefined ? "" : `: ${reason}`;
  const ways = ["pass { rng, samples } for a Monte Carlo estimate"];
  if (isRelaxed(q) && isRelaxed(p)) ways.push("method: 'categorical' for that of the discrete ones");
  if (reason === undefined) ways.push("teach it one by registerKl");
  const inWords = ways.length > 1 ? `${ways.slice(0, -1).join(", ")}, or ${ways.at(-1)}` : ways.join("");
  return new Error(`klDivergence: no closed form for ${pairOf(q, p)}${because}; ${inWords}`);
}

function isRelaxed(distribution: Distribution): distribution is RelaxedDistribution {
  return distribution.isRelaxed;
}

function isLogSpace(distribution: Distribution): boolean {
  return isRelaxed(distribution) && distribution.isLogSpace;
}

function pairOf(q: Distribution, p: Distribution): string {
  return `(${describe(q)}, ${describe(p)})`;
}

/** `Independent(Normal)`. */
function describe(distribution: Distribution): string {
  const inner = (distribution as { distribution?: Distribution }).distribution;
  return inner && inner.name !== distribution.name ? `${distribution.name}(${describe(inner)})` : distribution.name;
}
