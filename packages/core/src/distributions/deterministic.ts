import { detached, finite, Parameter, type ParameterValue, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { type DistributionClass, registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { Bernoulli } from "./bernoulli.js";
import { Binomial } from "./counts/binomial.js";
import { Categorical } from "./counts/categorical.js";
import { Geometric } from "./counts/geometric.js";
import { NegativeBinomial } from "./counts/negative-binomial.js";
import { Poisson } from "./counts/poisson.js";

/** Parameters of {@link Deterministic}. */
export interface DeterministicOptions extends DistributionOptions {
  /** The only value, finite, `[...batch]`. */
  readonly loc: ParameterValue;
}

/**
 * The distribution that is `loc` with probability 1; pyro's Delta. Shapes: event `[]`; batch: the shape of `loc`; wrap
 * it in Independent for vectors. It is discrete: `logProb(x)` is 0 at `loc` and -Infinity elsewhere, with no gradient.
 * Samples carry the gradient to `loc`. KL(q || p) in closed form where p is discrete, of numbers: Infinity where `loc`
 * is impossible under p.
 *
 * @example
 * ```ts
 * const known = new Deterministic({ loc: [1, 2] });
 * known.cdf(1.5); // [1, 0]
 * klDivergence(known, new Poisson({ rate: 2 })); // [1.3069, 1.3069], which is -Poisson.logProb(loc)
 * ```
 */
export class Deterministic extends Distribution {
  readonly isReparameterized = true;
  readonly #parameter: Parameter;

  /** @throws RangeError if a number is not finite. */
  constructor({ loc, validate = "shapes" }: DeterministicOptions) {
    const parameter = new Parameter("Deterministic", "loc", loc, finite, validate);
    super("Deterministic", { batchShape: parameter.shape, eventShape: [] }, { validate });
    this.#parameter = parameter;
  }

  /** The value: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#parameter.tensor;
  }

  /** The value, `[1, ...batchShape]`: each member of the batch has its own. */
  override enumerateSupport(): tf.Tensor {
    return tf.tidy(() => tf.expandDims(tf.clone(this.loc), 0));
  }

  override get support(): Support {
    return supports.point;
  }

  protected override _sample(_rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.add(this.loc, tf.zeros(this.sampleShapeOf(sampleShape)));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    return this.#logOf(x, tf.notEqual);
  }

  protected override _mean(): tf.Tensor {
    return this.loc;
  }

  protected override _mode(): tf.Tensor {
    return this.loc;
  }

  protected override _variance(): tf.Tensor {
    return tf.zerosLike(this.loc);
  }

  protected override _entropy(): tf.Tensor {
    return tf.zerosLike(this.loc);
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#logOf(x, tf.less);
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#logOf(x, tf.greaterEqual);
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.add(this.loc, tf.mul(0, probability));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    const isOther = tf.notEqual(...(toOneShape(x, this.loc) as [tf.Tensor, tf.Tensor]));
    const index = isOther.dataSync().indexOf(1);
    if (index >= 0) throw new RangeError(`${owner}: a value must be loc, got another one at index ${index}`);
  }

  /** -Infinity where `isImpossible(x, loc)`, else 0; NaN where x is. */
  #logOf(x: tf.Tensor, isImpossible: (x: tf.Tensor, loc: tf.Tensor) => tf.Tensor): tf.Tensor {
    const [value, loc] = toOneShape(x, this.loc) as [tf.Tensor, tf.Tensor];
    return detached(
      (v, at) => {
        const mask = tf.cast(isImpossible(v as tf.Tensor, at as tf.Tensor), "float32");
        const log = infinityAt(mask, tf.neg(mask));
        return tf.where(tf.isNaN(v as tf.Tensor), v as tf.Tensor, log);
      },
      value,
      loc,
    );
  }
}

// All discrete distributions of numbers. The divergence from a continuous distribution is infinite.
const discrete: DistributionClass<Distribution>[] = [
  Bernoulli,
  Binomial,
  Categorical,
  Deterministic,
  Geometric,
  NegativeBinomial,
  Poisson,
];
for (const pClass of discrete) registerKl(Deterministic, pClass, (q, p) => tf.neg(p.logProb(q.loc)));
