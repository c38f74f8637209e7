import { OneHotCategorical, type Rng, straightThrough } from "@igr/core";
import { checkInteger, checkOneOf, describeValue, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Latent, ProbsPrecision } from "../latent/latent.js";
import type { LatentParameters, LatentSample } from "../latent/latent-part.js";
import { OneHotLatent } from "../latent/one-hot-latent.js";
import { keptCategories } from "../model/kept-categories.js";
import type { ElboTerms, ForwardOptions, ModelConfig, RelaxedPart } from "../model/model.js";
import { type LatentDraw, VariationalAutoencoder } from "../model/variational-autoencoder.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type DiscreteVAEOptions, discreteVaeOptions, type HardElboOptions } from "./discrete-vae-options.js";
import { checkHardFirst, freeKl, type HardFirstOptions, hardFirstLoss, hasHardBound } from "./hard-first.js";

/**
 * Variational autoencoder whose latents are N relaxed categorical variables with K categories.
 * The encoder gives the parameters of q(z | x), the decoder p(x | z); z enters the decoder as `[B, N K]`, a point on the
 * simplex for each variable.
 *
 * Images may come in any shape that holds the encoder's number of pixels: `[B, 784]`, `[B, 28, 28]`, `[B, 28, 28, 1]`.
 * All methods return tensors that the caller disposes. They draw only from the `rng` that they are given and read no
 * tensor values, so a training step that calls them can be compiled.
 *
 * @example
 * ```ts
 * const rng = createRng(1);
 * const latent = new GumbelSoftmaxLatent({ variables: 30, categories: 10, temperature: 0.67 });
 * const model = new DiscreteVAE({
 *   encoder: denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
 *   decoder: denseDecoder({ inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
 *   latent,
 *   likelihood: new BernoulliLikelihood(),
 * });
 * const { elbo } = model.elbo(tf.zeros([64, 784]), rng.fork("noise")); // [64]
 * ```
 */
export class DiscreteVAE extends VariationalAutoencoder<LatentParameters> {
  /** The categorical variables. */
  readonly latent: Latent;
  /** Nats of each variable's KL that are free in training. */
  readonly freeBits: number;
  /** Weight of the hard bound in the loss. */
  readonly hardWeight: number;
  /** p0 of the hard bound in the loss. */
  readonly hardPrior: "uniform" | "own";

  /**
   * @throws RangeError if the networks' shapes do not fit the latent part or the likelihood, or a number is out of
   * range; TypeError for an unknown option, a missing part, or an option that the latent part does not support.
   */
  constructor(options: DiscreteVAEOptions) {
    if (new.target === DiscreteVAE) checkNamedOptions("DiscreteVAE", options, discreteVaeOptions);
    const { latent, freeBits, hardWeight, hardPrior, ...networks } = options;
    if (typeof latent?.sample !== "function") {
      throw new TypeError(`DiscreteVAE: latent must be a Latent, as new IgrLatent(..), got ${describeValue(latent)}`);
    }
    const { variables, outputsPerVariable, inputsPerVariable, categories } = latent;
    super("DiscreteVAE", networks, {
      encoderOutputs: latent.encoderOutputs,
      encoderReason: `${variables} variables x ${outputsPerVariable} outputs`,
      decoderInputs: latent.decoderInputs,
      decoderReason: `${variables} variables x ${inputsPerVariable} ${inputsPerVariable === categories ? "categories" : "inputs"}`,
    });
    this.latent = latent;
    const checked = checkHardFirst("DiscreteVAE", latent, { freeBits, hardWeight, hardPrior } as HardFirstOptions);
    this.freeBits = checked.freeBits;
    this.hardWeight = checked.hardWeight;
    this.hardPrior = checked.hardPrior;
  }

  /** `klWeight`; `temperature` if the latent part has one; `hardWeight` if the hard bound can be trained. */
  get schedulable(): readonly string[] {
    return [
      ...(this.latent.hasTemperature ? ["temperature"] : []),
      "klWeight",
      ...(hasHardBound(this.latent) ? ["hardWeight"] : []),
    ];
  }

  /** The maximum temperature of the latent part. */
  get temperatureLimit(): number | undefined {
    return this.latent.temperatureLimit;
  }

  /** What a schedule of the temperature does to the prior, in words. */
  get scheduledPrior(): string | undefined {
    return this.latent.hasTemperature ? this.latent.describeScheduledPrior() : undefined;
  }

  /** The mean image of p(x | z): z `[B, N, K]` or `[B, N K] -> [B, ...imageShape]`. */
  decode(z: tf.Tensor, { training = false }: ForwardOptions = {}): tf.Tensor {
    const { variables, categories } = this.latent;
    const size = sizeOfShape(z.shape.slice(1));
    if (z.rank < 2 || size !== variables * categories) {
      throw new RangeError(
        `DiscreteVAE.decode: z must have shape [B, ${variables}, ${categories}] or [B, ${variables * categories}], ` +
          `got [${z.shape}]`,
      );
    }
    return tf.tidy(() => {
      const points = tf.reshape(z, [z.shape[0]!, variables, categories]);
      return this.meanImages(tf.reshape(this.latent.decoderInput(points), [z.shape[0]!, -1]), training);
    });
  }

  /**
   * One-sample estimate of the evidence lower bound, per image: eq 4 of the paper.
   * Sums run over pixels and variables; the mean over images is left to the caller. If draws are discrete ({@link
   * CategoricalLatent}), gradients reach the encoder only in training.
   * @throws RangeError if x does not hold the encoder's number of pixels per image.
   */
  elbo(x: tf.Tensor, rng: Rng, { training = false, scheduled = {} }: ForwardOptions = {}): ElboTerms {
    this.checkImages("elbo", x);
    return tf.tidy(() => {
      const parameters = this.encode(x, { training });
      if (training && this.latent.trainingTerms) {
        const logLikelihood = (input: tf.Tensor) => this.logLikelihoodOf(x, flatInput(input), true);
        const terms = this.latent.trainingTerms(parameters, logLikelihood, rng, scheduled);
        if (this.freeBits === 0) return terms as ElboTerms & tf.NamedTensorMap;
        return {
          ...terms,
          freeKl: freeKl(this.latent.categoricalKl!(parameters, scheduled, "training"), this.freeBits),
        };
      }
      const sample = this.latent.sample(parameters, rng, [], scheduled);
      const input = flatInput(sample.input ?? sample.z);
      const reconstruction = this.logLikelihoodOf(x, input, training) as tf.Tensor1D;
      const kls = this.latent.kl(parameters, sample, scheduled);
      const kl = tf.sum(kls, 1) as tf.Tensor1D;
      const elbo = tf.sub(reconstruction, kl) as tf.Tensor1D;
      const terms = { elbo, reconstruction, kl, ...keptCategories([sample]) };
      if (!training) return terms;
      const isHard = this.hardWeight > 0 || scheduled.hardWeight !== undefined;
      return {
        ...terms,
        ...(this.freeBits > 0 ? { freeKl: freeKl(kls, this.freeBits) } : {}),
        ...(isHard ? this.#hardTerms(x, parameters, sample, scheduled) : {}),
      };
    });
  }

  /** The hard bound at a one-hot draw, which takes the Jacobian of the relaxed draw, with its KL. */
  #hardTerms(x: tf.Tensor, parameters: LatentParameters, { z }: LatentSample, scheduled: Scheduled) {
    const vertex = this.latent.decoderInput(straightThrough(z));
    const reconstruction = this.logLikelihoodOf(x, flatInput(vertex), true);
    const hardKl = this.#discreteKl(parameters, this.hardPrior, { scheduled, precision: "training" });
    return { hardElbo: tf.sub(reconstruction, hardKl) as tf.Tensor1D, hardKl };
  }

  /** KL(P || p0) of all variables, `[B]`. */
  #discreteKl(
    parameters: LatentParameters,
    prior: "uniform" | "own",
    { scheduled = {}, precision = "full" }: { scheduled?: Scheduled; precision?: ProbsPrecision } = {},
  ): tf.Tensor1D {
    const kls =
      prior === "own"
        ? this.latent.categoricalKl!(parameters, scheduled, precision)
        : this.#uniformKl(parameters, scheduled, precision);
    return tf.sum(kls, 1) as tf.Tensor1D;
  }

  /**
   * One-sample estimate of the bound on the discrete model, whose decoder sees one-hot vectors: E log p(x | k) - KL(P || p0),
   * k ~ P, with P the probabilities of argmax z under the posterior: softmax(logits) for the Gumbel-Softmax (eq 9 is exact
   * here), `discreteProbs` for IGR. Its values can be compared between relaxations, and with estimators without
   * relaxation such as REINFORCE. {@link elbo} instead bounds log p(x) of the relaxed model; one-hot draws with the
   * relaxed KL bound neither. For evaluation only: no gradient passes the one-hot draw.
   * @throws TypeError if the latent part does not know the probabilities of its categories; RangeError as {@link elbo}.
   */
  hardElbo(x: tf.Tensor, rng: Rng, options: HardElboOptions = {}): ElboTerms {
    checkNamedOptions("DiscreteVAE.hardElbo", options, { prior: "optional" });
    const { latent } = this;
    const { prior = latent instanceof OneHotLatent ? "own" : "uniform" } = options;
    this.checkImages("hardElbo", x);
    if (!latent.discreteLogProbs || (prior === "own" && !latent.categoricalKl)) {
      throw new TypeError(
        `DiscreteVAE.hardElbo: latent must know the probabilities of its categories, which ${latent.constructor.name} does not`,
      );
    }
    checkOneOf("DiscreteVAE.hardElbo", "prior", prior, ["uniform", "own"]);
    return tf.tidy(() => {
      const parameters = this.encode(x);
      // The argmax of a relaxed draw has the probabilities P.
      const largest = tf.argMax(latent.sample(parameters, rng).z, 2);
      const vertex = tf.cast(tf.oneHot(tf.cast(largest, "int32"), latent.categories), "float32");
      const reconstruction = this.logLikelihoodOf(x, flatInput(latent.decoderInput(vertex)), false) as tf.Tensor1D;
      const kl = this.#discreteKl(parameters, prior);
      return { elbo: tf.sub(reconstruction, kl) as tf.Tensor1D, reconstruction, kl };
    });
  }

  /**
   * The same model, measured by {@link hardElbo}, for `evaluate`. It shares networks and latent part with this model;
   * dispose only this model.
   *
   * @example
   * ```ts
   * const test = await evaluate(model.measuredHard(), images, { rng });
   * test.elbo; // comparable with any discrete model
   * ```
   */
  measuredHard(options: HardElboOptions = {}): DiscreteVAE {
    checkNamedOptions("DiscreteVAE.measuredHard", options, { prior: "optional" });
    return new HardDiscreteVAE(this, options);
  }

  /**
   * The loss of a batch from its terms: minus the mean of the ELBO over the images, with the KL weighted by `klWeight`
   * (if scheduled) and less its free bits, mixed with the hard bound by `hardWeight`. Override it for another
   * objective.
   */
  lossOf(terms: ElboTerms, scheduled: Scheduled = {}): tf.Scalar {
    return hardFirstLoss(terms, scheduled, this.hardWeight);
  }

  /** Mean images of latents drawn from the prior: `[count, ...imageShape]`; `hard` rounds each latent to its vertex. */
  sample(rng: Rng, count: number, options: { readonly hard?: boolean } = {}): tf.Tensor {
    checkNamedOptions("DiscreteVAE.sample", options, { hard: "optional" });
    const { hard = false } = options;
    checkInteger("DiscreteVAE.sample", "count", count, 1);
    return tf.tidy(() => {
      const z = this.latent.samplePrior(rng, count);
      return this.decode(hard ? tf.cast(tf.oneHot(tf.argMax(z, 2), this.latent.categories), "float32") : z);
    });
  }

  relaxedParts(x: tf.Tensor): RelaxedPart[] {
    return this.latent.trainingTerms ? [] : [{ latent: this.latent, parameters: this.encode(x) }];
  }

  config(): ModelConfig {
    const { freeBits, hardWeight, hardPrior } = this;
    return {
      kind: "discrete-vae",
      ...this.partsConfig(),
      latent: this.latent.config(),
      ...(freeBits > 0 ? { freeBits } : {}),
      ...(hardWeight > 0 ? { hardWeight } : {}),
      ...(hardPrior === "uniform" ? {} : { hardPrior }),
    };
  }

  override dispose(): void {
    super.dispose();
    this.latent.dispose();
  }

  /** KL(P || uniform) per variable, `[B, N]`. */
  #uniformKl(parameters: LatentParameters, scheduled: Scheduled, precision: ProbsPrecision): tf.Tensor {
    const { categories } = this.latent;
    const q = new OneHotCategorical({ logits: this.latent.discreteLogProbs!(parameters, scheduled, precision) });
    return tf.sub(Math.log(categories), q.entropy());
  }

  protected posterior(outputs: tf.Tensor): LatentParameters {
    const { variables, outputsPerVariable } = this.latent;
    return this.latent.parameters(tf.reshape(outputs, [-1, variables, outputsPerVariable]));
  }

  protected draw(parameters: LatentParameters, rng: Rng, sampleShape: readonly number[]): LatentDraw {
    const sample = this.latent.sample(parameters, rng, sampleShape);
    const logRatio = () => tf.tidy(() => tf.sum(sample.logRatio(), sampleShape.length + 1));
    return { input: flatInput(sample.input ?? sample.z), logRatio };
  }

  protected latentVariables(): tf.Variable[] {
    return this.latent.trainableVariables;
  }

  protected override latentState(): tf.Variable[] {
    return this.latent.stateVariables;
  }
}

class HardDiscreteVAE extends DiscreteVAE {
  readonly #options: HardElboOptions;

  constructor(model: DiscreteVAE, options: HardElboOptions) {
    super(model);
    this.#options = options;
  }

  override elbo(x: tf.Tensor, rng: Rng): ElboTerms {
    return this.hardElbo(x, rng, this.#options);
  }
}

/** `[..., N, P] -> [..., N P]`. */
function flatInput(input: tf.Tensor): tf.Tensor {
  return tf.reshape(input, [...input.shape.slice(0, -2), sizeOfShape(input.shape.slice(-2))]);
}
