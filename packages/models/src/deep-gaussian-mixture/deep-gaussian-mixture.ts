import type { Rng } from "@igr/core";
import { checkInteger, checkPositive, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { gaussianKl, gaussianLogRatio, locAndScale } from "../latent/gaussian-terms.js";
import type { IgrStickBreakingLatent } from "../latent/igr-stick-breaking-latent.js";
import type { LatentParameters, LatentSample } from "../latent/latent-part.js";
import { keptCategories } from "../model/kept-categories.js";
import type { ElboTerms, ForwardOptions, ModelConfig, RelaxedPart } from "../model/model.js";
import { type LatentDraw, type NetworkPair, VariationalAutoencoder } from "../model/variational-autoencoder.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";

/** Options of {@link DeepGaussianMixture}, which takes ownership of the networks. */
export interface DeepGaussianMixtureOptions extends NetworkPair {
  /** D, the number of dimensions of z, which is also the number of inputs of the decoder. */
  readonly dimensions: number;
  /**
   * Which component an image belongs to: one variable of IGR-SB. The weights of the components are those of its prior,
   * which `learnPrior` trains.
   */
  readonly assignment: IgrStickBreakingLatent;
  /** Standard deviation of the draws that initialize the components' means, > 0; 1 by default. */
  readonly spread?: number;
  /** Draws the initial components. */
  readonly rng: Rng;
}

/** The posterior's parameters for a batch. */
export interface MixturePosterior {
  /** Parameters of the component's posterior. */
  readonly assignment: LatentParameters;
  /** Parameters of q(z | x), `[B, D]` each. */
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
}

/**
 * A deep generative model whose prior is a mixture of Gaussians with an unbounded number of components and stick-breaking weights,
 * after the DLGMM of Nalisnick, Hertel and Smyth (2016):
 *
 *     c ~ IGR-SB, z | c ~ N(sum_k c_k mean_k, diag(exp(sum_k c_k log scale_k))^2), x | z ~ decoder,
 *
 * with the means and scales of the components as parameters. As the temperature falls c moves to a vertex, and z to a draw from
 * one component. Nalisnick et al. truncate the sticks and sum over components; here each sample keeps the components
 * that it needs, and the assignment is reparameterized. One encoder gives q(c | x) and q(z | x): first the numbers of
 * the assignment, then loc and log scale of z.
 *
 * The KL has two terms, both in closed form: `assignmentKl`, the KL of the sticks, and `componentKl`, the KL of z given
 * the draw of c. `keptCategories` is the mean number of components that a draw keeps.
 *
 * @example
 * ```ts
 * const rng = createRng(1);
 * const prior = { loc: Array(20).fill(-1), scale: Array(20).fill(1) };
 * const assignment = new IgrStickBreakingLatent({ variables: 1, maxCategories: 20, temperature: 0.3, prior });
 * const model = new DeepGaussianMixture({
 *   encoder: denseEncoder({ outputs: assignment.encoderOutputs + 2 * 10, rng: rng.fork("encoder") }),
 *   decoder: denseDecoder({ inputs: 10, rng: rng.fork("decoder") }),
 *   likelihood: new BernoulliLikelihood(),
 *   dimensions: 10,
 *   assignment,
 *   rng: rng.fork("components"),
 * });
 * model.sample(rng, 4); // mean images, [4, 784]
 * ```
 */
export class DeepGaussianMixture extends VariationalAutoencoder<MixturePosterior> {
  /** D, of z. */
  readonly dimensions: number;
  /** Which component an image belongs to. */
  readonly assignment: IgrStickBreakingLatent;
  readonly schedulable: readonly string[] = ["temperature", "klWeight"];
  readonly #means: tf.Variable;
  readonly #logScales: tf.Variable;

  /**
   * @throws RangeError if the networks do not fit, the assignment has several variables, or a number is out of range.
   */
  constructor(options: DeepGaussianMixtureOptions) {
    const owner = "DeepGaussianMixture";
    if (new.target === DeepGaussianMixture) checkNamedOptions(owner, options, OPTIONS);
    const { dimensions, assignment, spread = 1, rng, ...networks } = options;
    checkRng(owner, rng, "normal");
    checkInteger(owner, "dimensions", dimensions, 1);
    checkPositive(owner, "spread", spread);
    if (assignment.variables !== 1) {
      throw new RangeError(`${owner}: assignment must have 1 variable, got ${assignment.variables}`);
    }
    super(owner, networks, {
      encoderOutputs: assignment.encoderOutputs + 2 * dimensions,
      encoderReason: `${assignment.encoderOutputs} of the assignment + 2 x ${dimensions} dimensions`,
      decoderInputs: dimensions,
      decoderReason: `${dimensions} dimensions`,
    });
    this.dimensions = dimensions;
    this.assignment = assignment;
    const shape = [assignment.categories, dimensions];
    this.#means = tf.tidy(() => tf.variable(tf.mul(spread, rng.normal(shape))));
    this.#logScales = tf.tidy(() => tf.variable(tf.zeros(shape)));
  }

  /** What a schedule of the temperature does to the prior, in words. */
  get scheduledPrior(): string {
    return this.assignment.describeScheduledPrior();
  }

  /** Means of the components, `[maxCategories + 1, D]`. The last component belongs to softmax++'s remainder. */
  get means(): tf.Tensor2D {
    return this.#means as tf.Tensor as tf.Tensor2D;
  }

  /**
   * One-sample estimate of the evidence lower bound, per image, with its two KLs.
   * @throws RangeError if x does not hold the encoder's number of pixels per image.
   */
  elbo(x: tf.Tensor, rng: Rng, { training = false, scheduled = {} }: ForwardOptions = {}): ElboTerms {
    this.checkImages("elbo", x);
    return tf.tidy(() => {
      const posterior = this.encode(x, { training });
      const { assigned, components, z } = this.#draw(posterior, rng, [], scheduled);
      const reconstruction = this.logLikelihoodOf(x, z, training) as tf.Tensor1D;
      const assignmentKl = tf.sum(this.assignment.kl(posterior.assignment), 1) as tf.Tensor1D;
      const componentKl = gaussianKl(posterior, components) as tf.Tensor1D;
      const kl = tf.add(assignmentKl, componentKl) as tf.Tensor1D;
      const elbo = tf.sub(reconstruction, kl) as tf.Tensor1D;
      return { elbo, reconstruction, kl, assignmentKl, componentKl, ...keptCategories([assigned]) };
    });
  }

  /** Minus the mean of the ELBO over the images, with the KL weighted by `klWeight` if that is scheduled. */
  lossOf({ elbo, reconstruction, kl }: ElboTerms, { klWeight }: Scheduled = {}): tf.Scalar {
    return tf.tidy(() => {
      const bound = klWeight === undefined ? elbo : tf.sub(reconstruction, tf.mul(klWeight, kl));
      return tf.neg(tf.mean(bound)) as tf.Scalar;
    });
  }

  /** The mean image of p(x | z): z `[B, D] -> [B, ...imageShape]`. */
  decode(z: tf.Tensor2D, { training = false }: ForwardOptions = {}): tf.Tensor {
    if (z.rank !== 2 || z.shape[1] !== this.dimensions) {
      throw new RangeError(`DeepGaussianMixture.decode: z must have shape [B, ${this.dimensions}], got [${z.shape}]`);
    }
    return tf.tidy(() => this.meanImages(z, training));
  }

  /** Mean images of draws from the mixture: `[count, ...imageShape]`. */
  sample(rng: Rng, count: number): tf.Tensor {
    checkInteger("DeepGaussianMixture.sample", "count", count, 1);
    return tf.tidy(() => {
      const { loc, scale } = this.#components(this.assignment.samplePrior(rng, count));
      return this.decode(tf.add(loc, tf.mul(scale, rng.normal(loc.shape))) as tf.Tensor2D);
    });
  }

  /**
   * Mean images of draws from component k alone: `[count, ...imageShape]`.
   * @throws RangeError unless k is an integer from 0 to `maxCategories`, the index of the remainder's component.
   */
  sampleComponent(k: number, rng: Rng, count: number): tf.Tensor {
    const { maxCategories } = this.assignment;
    checkInteger("DeepGaussianMixture.sampleComponent", "k", k, 0, maxCategories);
    checkInteger("DeepGaussianMixture.sampleComponent", "count", count, 1);
    return tf.tidy(() => {
      const at = (parameters: tf.Tensor) => tf.slice(parameters, [k, 0], [1, this.dimensions]);
      const noise = rng.normal([count, this.dimensions]);
      return this.decode(tf.add(at(this.#means), tf.mul(tf.exp(at(this.#logScales)), noise)) as tf.Tensor2D);
    });
  }

  /**
   * The weights of the components, `[maxCategories + 1]`: the share of `draws` prior draws in which a component has the
   * largest coordinate.
   */
  weights(rng: Rng, draws = 10_000): tf.Tensor1D {
    checkInteger("DeepGaussianMixture.weights", "draws", draws, 1);
    return tf.tidy(() => {
      const c = this.assignment.samplePrior(rng, draws);
      const vertices = tf.cast(tf.oneHot(tf.argMax(c, 2), this.assignment.categories), "float32");
      return tf.mean(tf.reshape(vertices, [draws, -1]), 0) as tf.Tensor1D;
    });
  }

  relaxedParts(x: tf.Tensor): RelaxedPart[] {
    const { assignment: parameters, loc, scale } = this.encode(x);
    tf.dispose([loc, scale]);
    return [{ latent: this.assignment, parameters }];
  }

  config(): ModelConfig {
    const assignment = this.assignment.config();
    return { kind: "deep-gaussian-mixture", ...this.partsConfig(), dimensions: this.dimensions, assignment };
  }

  override dispose(): void {
    super.dispose();
    this.assignment.dispose();
    tf.dispose([this.#means, this.#logScales]);
  }

  protected posterior(outputs: tf.Tensor): MixturePosterior {
    const { encoderOutputs, outputsPerVariable } = this.assignment;
    const ofAssignment = tf.slice(outputs, [0, 0], [-1, encoderOutputs]);
    const { loc, scale } = locAndScale(tf.slice(outputs, [0, encoderOutputs], [-1, 2 * this.dimensions]));
    return {
      assignment: this.assignment.parameters(tf.reshape(ofAssignment, [-1, 1, outputsPerVariable])),
      loc,
      scale,
    };
  }

  protected draw(posterior: MixturePosterior, rng: Rng, sampleShape: readonly number[]): LatentDraw {
    const { assigned, components, z, eps } = this.#draw(posterior, rng, sampleShape, {});
    const logRatio = () =>
      tf.tidy(() => {
        const ofAssignment = tf.sum(assigned.logRatio(), sampleShape.length + 1);
        return tf.add(ofAssignment, gaussianLogRatio(eps, posterior.scale, z, components));
      });
    return { input: z, logRatio };
  }

  protected latentVariables(): tf.Variable[] {
    return [...this.assignment.trainableVariables, this.#means, this.#logScales];
  }

  #draw(
    { assignment, loc, scale }: MixturePosterior,
    rng: Rng,
    sampleShape: readonly number[],
    scheduled: Scheduled,
  ): MixtureDraw {
    const assigned = this.assignment.sample(assignment, rng, sampleShape, scheduled);
    const eps = rng.normal([...sampleShape, ...loc.shape]);
    return { assigned, components: this.#components(assigned.z), eps, z: tf.add(loc, tf.mul(scale, eps)) };
  }

  /** The Gaussian of z for assignments `[..., 1, K] -> [..., D]`. */
  #components(c: tf.Tensor): { readonly loc: tf.Tensor; readonly scale: tf.Tensor } {
    const leading = c.shape.slice(0, -2);
    const rows = tf.reshape(c, [-1, this.assignment.categories]);
    const mixed = (parameters: tf.Variable) =>
      tf.reshape(tf.matMul(rows, parameters as tf.Tensor as tf.Tensor2D), [...leading, this.dimensions]);
    return { loc: mixed(this.#means), scale: tf.exp(mixed(this.#logScales)) };
  }
}

/** The parts of a draw of c and z. */
interface MixtureDraw {
  readonly assigned: LatentSample;
  readonly components: { readonly loc: tf.Tensor; readonly scale: tf.Tensor };
  readonly eps: tf.Tensor;
  readonly z: tf.Tensor;
}

const OPTIONS = {
  encoder: "required",
  decoder: "required",
  likelihood: "required",
  dimensions: "checked",
  assignment: "required",
  spread: "optional",
  rng: "checked",
} as const;
