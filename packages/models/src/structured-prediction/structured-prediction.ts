import type { Rng } from "@igr/core";
import { checkInteger, checkOneOf, describeValue, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { CategoricalEstimator } from "../latent/categorical-estimator.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import type {
  ElboTerms,
  ForwardOptions,
  ModelConfig,
  NamedVariable,
  RelaxedPart,
  TrainableModel,
} from "../model/model.js";
import { namedWeights, trainableVariables } from "../network/network.js";
import { regularizationOf } from "../network/regularization.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { BeliefNetwork, type BitSupport } from "./belief-network.js";
import { type BinaryRelaxation, checkRelaxation, drawLogOdds, numbersPerBit } from "./binary-relaxation.js";
import { BitEstimators } from "./bit-estimators.js";
import {
  BOUND_OPTIONS,
  type BoundOptions,
  checkOneWay,
  MULTI_SAMPLE_OPTIONS,
  type MultiSampleOptions,
  OPTIONS,
  type StructuredPredictionOptions,
} from "./options.js";

/**
 * A sigmoid belief network that predicts the lower part of an image from the upper one, through layers of stochastic bits
 * (Raiko et al. 2014; appendix B of Potapczynski, Loaiza-Ganem and Cunningham 2020). It is trained on the multi-sample bound
 * log 1/m sum_i p(lower | h_i), h_i ~ p(h | upper), with relaxed bits; there is no KL.
 *
 * Images may come in any shape that holds the pixels of both parts, rows from top to bottom, 0 or 1.
 * As a {@link TrainableModel} its `elbo` and `reconstruction` are that bound with `samples` samples, and `kl` is 0.
 *
 * @example
 * ```ts
 * const rng = createRng(1);
 * const model = structuredPredictionFromPreset(structuredPredictionMnist(), {
 *   relaxation: { kind: "igr", temperature: 0.5 },
 *   rng,
 * });
 * const bound = model.bound(tf.zeros([4, 784]), rng, { samples: 10, hard: true }); // [4]
 * ```
 */
export class StructuredPrediction implements TrainableModel {
  readonly networks: readonly LayersModel[];
  /** How the bits are relaxed; undefined if they are not. */
  readonly relaxation: BinaryRelaxation | undefined;
  /** The gradient estimator of bits that are not relaxed; undefined if they are. */
  readonly estimator: CategoricalEstimator | undefined;
  readonly support: BitSupport;
  readonly samples: number;
  readonly isBinary = true;
  readonly description = "Bernoulli pixels of the lower part given the upper part";
  readonly schedules = {};
  readonly #likelihood = new BernoulliLikelihood();
  readonly #maps: BeliefNetwork;
  readonly #estimators: BitEstimators | undefined;

  /**
   * @throws RangeError if a map does not fit the next, or an option is out of range; TypeError unless exactly one of
   * `relaxation` and `estimator` is given.
   */
  constructor(options: StructuredPredictionOptions) {
    const owner = "StructuredPrediction";
    if (new.target === StructuredPrediction) checkNamedOptions(owner, options, OPTIONS);
    const { networks, relaxation, estimator, support = "signs", samples = 1 } = options;
    if (!Array.isArray(networks)) {
      throw new TypeError(`${owner}: networks must be an array of LayersModels, got ${describeValue(networks)}`);
    }
    checkOneWay(owner, options);
    this.relaxation = relaxation && checkRelaxation(owner, relaxation);
    this.estimator = estimator;
    this.support = checkOneOf(owner, "support", support, ["signs", "bits"]);
    this.samples = checkInteger(owner, "samples", samples, 1);
    if (estimator !== undefined && samples !== 1) {
      throw new TypeError(`${owner}: samples must be 1 with an estimator, which has its own samples, got ${samples}`);
    }
    const perBit = this.relaxation ? numbersPerBit(this.relaxation) : 1;
    this.networks = networks;
    this.#maps = new BeliefNetwork(owner, networks, support, perBit);
    this.#estimators = estimator && new BitEstimators(owner, estimator, this.#maps.units);
  }

  /** `temperature`, if the relaxation or the estimator has one. */
  get schedulable(): readonly string[] {
    return this.#estimators && !this.#estimators.haveTemperature ? [] : ["temperature"];
  }

  get trainableVariables(): tf.Variable[] {
    return [...this.networks.flatMap(trainableVariables), ...(this.#estimators?.trainableVariables ?? [])];
  }

  /**
   * The multi-sample bound on log p(lower | upper), per image, `[B]`, in nats. Samples go through the networks in
   * passes, so memory is that of one pass, unless the call is differentiated.
   * @throws RangeError unless x holds the pixels of both parts and counts are integers >= 1.
   */
  bound(x: tf.Tensor, rng: Rng, options: BoundOptions): tf.Tensor1D {
    const owner = "StructuredPrediction.bound";
    checkNamedOptions(owner, options, BOUND_OPTIONS);
    const { hard: rounded = false, training = false, scheduled = {} } = options;
    const hard = rounded || this.estimator !== undefined;
    const samples = checkInteger(owner, "samples", options.samples, 1);
    return tf.tidy(() => {
      const { upper, lower } = this.#maps.parts("bound", x);
      const batch = upper.shape[0];
      const fitting = Math.max(1, Math.floor(4096 / batch));
      const perPass = checkInteger(owner, "samplesPerPass", options.samplesPerPass ?? fitting, 1);
      const first = this.#maps.first(upper, training);
      const logProbs: tf.Tensor[] = [];
      for (let done = 0; done < samples; done += perPass) {
        const pass = Math.min(perPass, samples - done);
        logProbs.push(
          tf.tidy(() => {
            const logits = this.#logits(first, rng, pass, { hard, training, scheduled });
            return this.#likelihood.logProb(lower, logits);
          }),
        );
      }
      if (samples === 1) return tf.reshape(logProbs[0]!, [batch]) as tf.Tensor1D;
      return tf.sub(tf.logSumExp(tf.concat(logProbs, 0), 0), Math.log(samples)) as tf.Tensor1D;
    });
  }

  /**
   * The mean of the lower part given the upper one, over `samples` draws, of hard bits unless `hard` is false:
   * `[B, upper pixels] -> [B, lower pixels]`.
   * @throws RangeError unless `upper` holds the pixels of the upper part and `samples` is an integer >= 1.
   */
  predict(upper: tf.Tensor, rng: Rng, options: MultiSampleOptions): tf.Tensor2D {
    checkNamedOptions("StructuredPrediction.predict", options, MULTI_SAMPLE_OPTIONS);
    const { samples, hard = true } = options;
    checkInteger("StructuredPrediction.predict", "samples", samples, 1);
    const pixels = this.#maps.upper;
    if (upper.rank < 2 || sizeOfShape(upper.shape.slice(1)) !== pixels) {
      throw new RangeError(
        `StructuredPrediction.predict: upper must hold ${pixels} pixels per image, got shape [${upper.shape}]`,
      );
    }
    return tf.tidy(() => {
      const first = this.#maps.first(tf.reshape(upper, [-1, pixels]), false);
      const logits = this.#logits(first, rng, samples, { hard, training: false, scheduled: {} });
      return tf.mean(this.#likelihood.mean(logits), 0) as tf.Tensor2D;
    });
  }

  /** The bound with `samples` samples, as the terms of `fit` and `evaluate`. */
  elbo(x: tf.Tensor, rng: Rng, options: ForwardOptions = {}): ElboTerms {
    if (options.training && this.#estimators) {
      const estimators = this.#estimators;
      return asTerms(tf.tidy(() => this.#estimatedBound(x, rng, estimators, options.scheduled ?? {})));
    }
    // A step that is differentiated keeps all samples in memory anyway.
    return asTerms(this.bound(x, rng, { ...options, samples: this.samples, samplesPerPass: this.samples }));
  }

  /** Minus the mean of the bound over the images. */
  lossOf({ elbo }: ElboTerms): tf.Scalar {
    return tf.tidy(() => tf.neg(tf.mean(elbo)) as tf.Scalar);
  }

  /** The training loss, a scalar. */
  loss(x: tf.Tensor, rng: Rng): tf.Scalar {
    return tf.tidy(() => {
      const loss = this.lossOf(this.elbo(x, rng, { training: true }));
      return tf.add(loss, this.regularization() ?? 0) as tf.Scalar;
    });
  }

  /** The penalties of the regularizers of the networks' layers; undefined if there is no regularizer. */
  regularization(): tf.Scalar | undefined {
    return regularizationOf(this.networks);
  }

  /**
   * The same model, measured with another number of samples or with hard bits, for `evaluate`. It shares the networks
   * with this model; dispose only this model.
   *
   * @example
   * ```ts
   * const preset = structuredPredictionMnist({ pixels: [8, 8], units: [6] });
   * const prediction = structuredPredictionFromPreset(preset, { relaxation: { kind: "igr", temperature: 0.5 }, rng });
   * const { elbo } = await evaluate(prediction.measuredBy({ samples: 100, hard: true }), images, { rng });
   * ```
   */
  measuredBy(options: MultiSampleOptions): StructuredPrediction {
    checkNamedOptions("StructuredPrediction.measuredBy", options, MULTI_SAMPLE_OPTIONS);
    checkInteger("StructuredPrediction.measuredBy", "samples", options.samples, 1);
    return new MeasuredStructuredPrediction(this, this.estimator ? { ...options, hard: true } : options);
  }

  /** An empty list: the stochastic layers are bits. */
  relaxedParts(): RelaxedPart[] {
    return [];
  }

  namedVariables(): NamedVariable[] {
    const numbered = (prefix: string, variables: readonly tf.Variable[] = []) =>
      variables.map((variable, i) => ({ name: `${prefix}.${String(i).padStart(3, "0")}`, variable }));
    return [
      ...this.networks.flatMap((network, i) => namedWeights(`network${i}`, network)),
      ...numbered("estimator", this.#estimators?.trainableVariables),
      ...numbered("estimator-state", this.#estimators?.stateVariables),
    ];
  }

  config(): ModelConfig {
    const { relaxation, estimator, support, samples } = this;
    const networks = this.networks.map((network) => network.toJSON(null, false));
    const bits = relaxation ? { relaxation } : { estimator };
    return { kind: "structured-prediction", networks, ...bits, support, samples };
  }

  /** Frees the networks and the variables of the estimators. */
  dispose(): void {
    for (const network of this.networks) network.dispose();
    this.#estimators?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Logits of the lower part: `[samples, B, lower pixels]` from the first map's outputs. */
  #logits(
    first: tf.Tensor,
    rng: Rng,
    samples: number,
    { hard, training, scheduled }: Required<Omit<BoundOptions, "samples" | "samplesPerPass">>,
  ): tf.Tensor {
    const batch = first.shape[0]!;
    let outputs = first;
    for (const i of this.#maps.units.keys()) {
      const logOdds = drawLogOdds(
        this.relaxation ?? UNRELAXED,
        outputs,
        rng,
        i === 0 ? [samples] : [],
        scheduled.temperature,
      );
      const bits = hard ? tf.step(logOdds) : tf.sigmoid(logOdds);
      outputs = tf.reshape(this.#maps.after(i, bits, training), [samples, batch, -1]);
    }
    return outputs;
  }

  /** The bound in training, `[B]`, whose gradient passes the bits by the estimators. */
  #estimatedBound(x: tf.Tensor, rng: Rng, estimators: BitEstimators, { temperature }: Scheduled): tf.Tensor1D {
    const { upper, lower } = this.#maps.parts("elbo", x);
    const layers = {
      next: (index: number, bits: tf.Tensor) => this.#maps.after(index, bits, true),
      loss: (logits: tf.Tensor) => tf.neg(this.#likelihood.logProb(lower, logits)),
    };
    const loss = estimators.surrogate(this.#maps.first(upper, true), layers, rng, temperature);
    return tf.neg(loss) as tf.Tensor1D;
  }
}

/** At every temperature its rounded bits are 1 with probability sigmoid(logit). */
const UNRELAXED: BinaryRelaxation = { kind: "concrete", temperature: 1 };

class MeasuredStructuredPrediction extends StructuredPrediction {
  readonly #options: MultiSampleOptions;

  constructor({ networks, relaxation = UNRELAXED, support }: StructuredPrediction, options: MultiSampleOptions) {
    super({ networks, relaxation, support, samples: options.samples });
    this.#options = options;
  }

  override elbo(x: tf.Tensor, rng: Rng, options: ForwardOptions = {}): ElboTerms {
    return asTerms(this.bound(x, rng, { ...options, ...this.#options }));
  }
}

function asTerms(bound: tf.Tensor1D): ElboTerms {
  return { elbo: bound, reconstruction: tf.clone(bound), kl: tf.zerosLike(bound) };
}
