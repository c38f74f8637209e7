import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkInteger, sizeOf } from "./check.js";
import type { Latent, LatentParameters } from "./latent/latent.js";
import type { Likelihood } from "./likelihood/likelihood.js";
import { applyNetwork, checkSize, exampleShape, trainableVariables } from "./network/network.js";

export interface DiscreteVAEOptions {
  /** Image -> `latent.encoderOutputs` numbers. Any LayersModel with one input and one output; the VAE owns it from here. */
  readonly encoder: LayersModel;
  /** `latent.decoderInputs` numbers -> pixels times `likelihood.outputsPerPixel`. */
  readonly decoder: LayersModel;
  readonly latent: Latent;
  readonly likelihood: Likelihood;
}

/** The terms of the bound, one number per image, `[B]`, in nats. */
export interface ElboTerms {
  /** reconstruction - kl: a lower bound on log p(x), with one sample. */
  readonly elbo: tf.Tensor1D;
  /** log p(x | z) at the sample, summed over pixels. */
  readonly reconstruction: tf.Tensor1D;
  /** KL(q(z | x) || p(z)), summed over the variables: in closed form where the latent part has one, else estimated. */
  readonly kl: tf.Tensor1D;
}

export interface ForwardOptions {
  /** Whether dropout and batch normalization behave as in training; false by default. */
  readonly training?: boolean;
}

export interface LogLikelihoodOptions {
  /** Samples per image, >= 1. The bound rises with it, towards log p(x). */
  readonly samples: number;
  /** Samples that go through the decoder at once; by default so many that a pass decodes at most 1,024 images. */
  readonly samplesPerPass?: number;
}

/**
 * Variational autoencoder whose latents are N relaxed categorical variables with K categories.
 * The encoder gives the parameters of q(z | x), the decoder p(x | z); z enters the decoder as `[B, N K]`, a point on the
 * simplex per variable.
 *
 * Images may come in any shape that holds the encoder's number of pixels: `[B, 784]`, `[B, 28, 28]`, `[B, 28, 28, 1]`.
 * All methods return tensors that the caller disposes, draw from the `rng` that they are given and from nothing else, and
 * read no values: a training step over them can be compiled.
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
export class DiscreteVAE {
  readonly encoder: LayersModel;
  readonly decoder: LayersModel;
  readonly latent: Latent;
  readonly likelihood: Likelihood;
  /** The shape of an image, as the encoder's input layer takes it. */
  readonly imageShape: readonly number[];

  /** @throws RangeError where the networks' shapes do not fit the latent part or the likelihood. */
  constructor({ encoder, decoder, latent, likelihood }: DiscreteVAEOptions) {
    this.imageShape = exampleShape("DiscreteVAE: encoder", encoder, "inputs");
    const { variables, categories, outputsPerVariable } = latent;
    checkSize(
      "DiscreteVAE",
      "encoder output",
      exampleShape("DiscreteVAE: encoder", encoder, "outputs"),
      latent.encoderOutputs,
      `${variables} variables x ${outputsPerVariable} outputs`,
    );
    checkSize(
      "DiscreteVAE",
      "decoder input",
      exampleShape("DiscreteVAE: decoder", decoder, "inputs"),
      latent.decoderInputs,
      `${variables} variables x ${categories} categories`,
    );
    const pixels = sizeOf(this.imageShape);
    checkSize(
      "DiscreteVAE",
      "decoder output",
      exampleShape("DiscreteVAE: decoder", decoder, "outputs"),
      pixels * likelihood.outputsPerPixel,
      `${pixels} pixels x ${likelihood.outputsPerPixel} per pixel, ${likelihood.description}`,
    );
    this.encoder = encoder;
    this.decoder = decoder;
    this.latent = latent;
    this.likelihood = likelihood;
  }

  /** The variables that training moves: encoder, decoder, then those of the latent part and of the likelihood. */
  get trainableVariables(): tf.Variable[] {
    return [
      ...trainableVariables(this.encoder),
      ...trainableVariables(this.decoder),
      ...this.latent.trainableVariables,
      ...this.likelihood.trainableVariables,
    ];
  }

  /** The parameters of q(z | x): `[B, ...image] -> { name: [B, N, P] }`. */
  encode(x: tf.Tensor, { training = false }: ForwardOptions = {}): LatentParameters {
    this.#checkImages("encode", x);
    return tf.tidy(() => {
      const { variables, outputsPerVariable } = this.latent;
      const outputs = applyNetwork(this.encoder, x, training);
      return this.latent.parameters(
        tf.reshape(outputs, [-1, variables, outputsPerVariable]),
      ) as tf.TensorContainerObject as LatentParameters;
    });
  }

  /** The mean image of p(x | z): z `[B, N, K]` or `[B, N K] -> [B, ...imageShape]`. */
  decode(z: tf.Tensor, options: ForwardOptions = {}): tf.Tensor {
    const { variables, categories } = this.latent;
    const size = sizeOf(z.shape.slice(1));
    if (z.rank < 2 || size !== variables * categories) {
      throw new RangeError(
        `DiscreteVAE.decode: z must have shape [B, ${variables}, ${categories}] or [B, ${variables * categories}], ` +
          `got [${z.shape}]`,
      );
    }
    return tf.tidy(() =>
      tf.reshape(this.likelihood.mean(this.#decoderOutputs(z, options.training ?? false)), [-1, ...this.imageShape]),
    );
  }

  /**
   * One-sample estimate of the evidence lower bound, per image: eq 4 of the paper.
   * Sums run over pixels and variables; the mean over images is left to the caller.
   * @throws RangeError if x does not hold the encoder's number of pixels per image.
   */
  elbo(x: tf.Tensor, rng: Rng, { training = false }: ForwardOptions = {}): ElboTerms {
    this.#checkImages("elbo", x);
    return tf.tidy(() => {
      const parameters = this.encode(x, { training });
      const sample = this.latent.sample(parameters, rng);
      const reconstruction = this.#logLikelihoodOf(x, sample.z, training) as tf.Tensor1D;
      const kl = tf.sum(this.latent.kl(parameters, sample), 1) as tf.Tensor1D;
      return { elbo: tf.sub(reconstruction, kl) as tf.Tensor1D, reconstruction, kl };
    });
  }

  /** What training minimizes, a scalar: {@link lossOf} the terms with layers in training mode. */
  loss(x: tf.Tensor, rng: Rng): tf.Scalar {
    return tf.tidy(() => this.lossOf(this.elbo(x, rng, { training: true })));
  }

  /** The loss of a batch from its terms: minus the mean of the ELBO over the images. Override it for another objective. */
  lossOf({ elbo }: ElboTerms): tf.Scalar {
    return tf.tidy(() => tf.neg(tf.mean(elbo)) as tf.Scalar);
  }

  /**
   * The importance-weighted bound on log p(x) (Burda, Grosse and Salakhutdinov 2016), per image, `[B]`, in nats:
   * log of the mean over samples of p(x | z) p(z) / q(z | x). The weights are those of each sample, from its pre-image;
   * a KL in closed form has no place here: with it there would be no bound.
   * @throws RangeError unless `samples` and `samplesPerPass` are integers >= 1.
   */
  logLikelihood(x: tf.Tensor, rng: Rng, options: LogLikelihoodOptions): tf.Tensor1D {
    this.#checkImages("logLikelihood", x);
    const owner = "DiscreteVAE.logLikelihood";
    const samples = checkInteger(owner, "samples", options.samples, 1);
    const batch = x.shape[0]!;
    const perPass = checkInteger(
      owner,
      "samplesPerPass",
      options.samplesPerPass ?? Math.max(1, Math.floor(1024 / batch)),
      1,
    );
    return tf.tidy(() => {
      const parameters = this.encode(x);
      const logWeights: tf.Tensor[] = [];
      for (let done = 0; done < samples; done += perPass) {
        const pass = Math.min(perPass, samples - done);
        // Only a pass' weights outlive it: its decoded images are many.
        logWeights.push(
          tf.tidy(() => {
            const sample = this.latent.sample(parameters, rng, [pass]);
            const logLikelihood = this.#logLikelihoodOf(x, sample.z, false);
            return tf.sub(logLikelihood, tf.sum(sample.logRatio(), 2));
          }),
        );
      }
      return tf.sub(tf.logSumExp(tf.concat(logWeights, 0), 0), Math.log(samples)) as tf.Tensor1D;
    });
  }

  /** Mean images of latents drawn from the prior: `[count, ...imageShape]`; `hard` rounds each latent to its vertex. */
  sample(rng: Rng, count: number, { hard = false }: { readonly hard?: boolean } = {}): tf.Tensor {
    checkInteger("DiscreteVAE.sample", "count", count, 1);
    return tf.tidy(() => {
      const z = this.latent.samplePrior(rng, count);
      return this.decode(hard ? tf.oneHot(tf.argMax(z, 2), this.latent.categories, 1, 0, "float32") : z);
    });
  }

  /** The mean image decoded from one draw of q(z | x): `[B, ...image] -> [B, ...imageShape]`. */
  reconstruct(x: tf.Tensor, rng: Rng): tf.Tensor {
    return tf.tidy(() => this.decode(this.latent.sample(this.encode(x), rng).z));
  }

  /** Frees the networks, the latent part and the likelihood. */
  dispose(): void {
    this.encoder.dispose();
    this.decoder.dispose();
    this.latent.dispose();
    this.likelihood.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** log p(x | z) for z `[...sampleShape, B, N, K] -> [...sampleShape, B]`. */
  #logLikelihoodOf(x: tf.Tensor, z: tf.Tensor, training: boolean): tf.Tensor {
    const leading = z.shape.slice(0, -2);
    const outputs = this.#decoderOutputs(tf.reshape(z, [sizeOf(leading), this.latent.decoderInputs]), training);
    const images = tf.reshape(x, [x.shape[0]!, sizeOf(this.imageShape)]) as tf.Tensor2D;
    return this.likelihood.logProb(images, tf.reshape(outputs, [...leading, sizeOf(outputs.shape.slice(1))]));
  }

  /** `[B, N K]` or `[B, N, K] -> [B, pixels * outputsPerPixel]`. */
  #decoderOutputs(z: tf.Tensor, training: boolean): tf.Tensor {
    const outputs = applyNetwork(this.decoder, z, training);
    return tf.reshape(outputs, [outputs.shape[0]!, sizeOf(outputs.shape.slice(1))]);
  }

  #checkImages(method: string, x: tf.Tensor): void {
    if (x.rank < 2 || sizeOf(x.shape.slice(1)) !== sizeOf(this.imageShape)) {
      throw new RangeError(
        `DiscreteVAE.${method}: x must have shape [B, ${this.imageShape.join(", ")}] or another one with ` +
          `${sizeOf(this.imageShape)} pixels per image, got [${x.shape}]`,
      );
    }
  }
}
