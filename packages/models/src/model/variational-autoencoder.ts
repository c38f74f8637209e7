import type { Rng } from "@igr/core";
import { checkInteger, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Likelihood } from "../likelihood/likelihood.js";
import { applyNetwork, checkSize, exampleShape, namedWeights, trainableVariables } from "../network/network.js";
import { regularizationOf } from "../network/regularization.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Schedule, Scheduled } from "../schedule/schedule.js";
import type { ElboTerms, ForwardOptions, ModelConfig, NamedVariable, RelaxedPart, TrainableModel } from "./model.js";

/** The networks of an autoencoder, and the likelihood of the decoder's outputs. */
export interface NetworkPair {
  /**
   * Image -> the numbers that the posterior needs. Any LayersModel with one input and one output. The autoencoder takes
   * ownership of it.
   */
  readonly encoder: LayersModel;
  /** The latents -> pixels times `likelihood.outputsPerPixel`. */
  readonly decoder: LayersModel;
  /** p(x | z) from the decoder's outputs. */
  readonly likelihood: Likelihood;
}

/** How many numbers the networks exchange with the latent variables, and where each count comes from. */
export interface ExchangeSizes {
  /** Numbers that the encoder gives for an image. */
  readonly encoderOutputs: number;
  /** Where that number comes from, for error messages. */
  readonly encoderReason: string;
  /** Numbers that the decoder needs for an image. */
  readonly decoderInputs: number;
  /** Where that number comes from, for error messages. */
  readonly decoderReason: string;
}

/** A draw of all latents of a batch. */
export interface LatentDraw {
  /** What the decoder receives: `[...sampleShape, B, decoderInputs]`. */
  readonly input: tf.Tensor;
  /** log q(z | x) - log p(z) of this draw, summed over all variables: `[...sampleShape, B]`, in nats. */
  readonly logRatio: () => tf.Tensor;
}

/** Options of {@link VariationalAutoencoder.logLikelihood}. */
export interface LogLikelihoodOptions {
  /** Samples per image, >= 1. The bound rises towards log p(x) with their number. */
  readonly samples: number;
  /**
   * Samples that go through the decoder at once; by default the largest number for which a pass decodes at most 1,024
   * images.
   */
  readonly samplesPerPass?: number;
}

/**
 * What variational autoencoders have in common: an encoder that gives the parameters of q(z | x), a decoder of p(x |
 * z), and the bounds that need only draws and their log ratios. A subclass defines the latents.
 *
 * Images may come in any shape that holds the encoder's number of pixels: `[B, 784]`, `[B, 28, 28]`, `[B, 28, 28, 1]`.
 */
export abstract class VariationalAutoencoder<Posterior> implements TrainableModel {
  readonly encoder: LayersModel;
  readonly decoder: LayersModel;
  readonly likelihood: Likelihood;
  /** The shape of an image, as the encoder's input layer takes it. */
  readonly imageShape: readonly number[];
  /** The name of the class, with which error messages begin. */
  protected readonly owner: string;
  readonly #decoderInputs: number;

  /** @throws RangeError if the networks' shapes do not fit each other, the latents or the likelihood. */
  constructor(owner: string, { encoder, decoder, likelihood }: NetworkPair, sizes: ExchangeSizes) {
    this.owner = owner;
    this.imageShape = exampleShape(`${owner}: encoder`, encoder, "inputs");
    const encoded = exampleShape(`${owner}: encoder`, encoder, "outputs");
    checkSize(owner, "encoder output", encoded, sizes.encoderOutputs, sizes.encoderReason);
    const received = exampleShape(`${owner}: decoder`, decoder, "inputs");
    checkSize(owner, "decoder input", received, sizes.decoderInputs, sizes.decoderReason);
    const pixels = sizeOfShape(this.imageShape);
    const { outputsPerPixel, description } = likelihood;
    const reason = `${pixels} pixels x ${outputsPerPixel} per pixel, ${description}`;
    const decoded = exampleShape(`${owner}: decoder`, decoder, "outputs");
    checkSize(owner, "decoder output", decoded, pixels * outputsPerPixel, reason);
    this.encoder = encoder;
    this.decoder = decoder;
    this.likelihood = likelihood;
    this.#decoderInputs = sizes.decoderInputs;
  }

  /** Whether pixels are 0 or 1, as the likelihood says. */
  get isBinary(): boolean {
    return this.likelihood.isBinary;
  }

  /** The likelihood in words. */
  get description(): string {
    return this.likelihood.description;
  }

  /** Schedules of the objective; none by default. */
  get schedules(): Readonly<Record<string, Schedule>> {
    return {};
  }

  abstract readonly schedulable: readonly string[];

  /** The variables that training updates: encoder, decoder, then those of the latents and of the likelihood. */
  get trainableVariables(): tf.Variable[] {
    return [
      ...trainableVariables(this.encoder),
      ...trainableVariables(this.decoder),
      ...this.latentVariables(),
      ...this.likelihood.trainableVariables,
    ];
  }

  /**
   * All variables that training may change, including those of batch normalization, under their names in checkpoints.
   */
  namedVariables(): NamedVariable[] {
    const numbered = (prefix: string, variables: readonly tf.Variable[]) =>
      variables.map((variable, index) => ({ name: `${prefix}.${String(index).padStart(3, "0")}`, variable }));
    return [
      ...namedWeights("encoder", this.encoder),
      ...namedWeights("decoder", this.decoder),
      ...numbered("latent", this.latentVariables()),
      ...numbered("latent-state", this.latentState()),
      ...numbered("likelihood", this.likelihood.trainableVariables),
    ];
  }

  /** The parameters of q(z | x). */
  encode(x: tf.Tensor, { training = false }: ForwardOptions = {}): Posterior {
    this.checkImages("encode", x);
    return tf.tidy(() => {
      const outputs = applyNetwork(this.encoder, x, training);
      // The parameters are a nested record of tensors, which tidy accepts.
      return this.posterior(tf.reshape(outputs, [outputs.shape[0]!, -1])) as tf.TensorContainer;
    }) as Posterior;
  }

  abstract elbo(x: tf.Tensor, rng: Rng, options?: ForwardOptions): ElboTerms;

  /** The training loss, a scalar: `lossOf` the terms with layers in training mode, plus {@link regularization}. */
  loss(x: tf.Tensor, rng: Rng, scheduled: Scheduled = {}): tf.Scalar {
    return tf.tidy(() => {
      const loss = this.lossOf(this.elbo(x, rng, { training: true, scheduled }), scheduled);
      return tf.add(loss, this.regularization() ?? 0) as tf.Scalar;
    });
  }

  /** The penalties of the regularizers of both networks' layers; undefined if there is no regularizer. */
  regularization(): tf.Scalar | undefined {
    return regularizationOf([this.encoder, this.decoder]);
  }

  abstract lossOf(terms: ElboTerms, scheduled?: Scheduled): tf.Scalar;

  /**
   * The importance-weighted bound on log p(x) (Burda, Grosse and Salakhutdinov 2016), per image, `[B]`, in nats:
   * log of the mean over samples of p(x | z) p(z) / q(z | x). The weights are those of each sample, from its pre-image;
   * a KL in closed form would not give a bound. Memory depends on the size of a pass, not on `samples`.
   * @throws RangeError unless `samples` and `samplesPerPass` are integers >= 1.
   */
  logLikelihood(x: tf.Tensor, rng: Rng, options: LogLikelihoodOptions): tf.Tensor1D {
    this.checkImages("logLikelihood", x);
    const owner = `${this.owner}.logLikelihood`;
    checkNamedOptions(owner, options, { samples: "checked", samplesPerPass: "optional" });
    const samples = checkInteger(owner, "samples", options.samples, 1);
    const batch = x.shape[0]!;
    const fitting = Math.max(1, Math.floor(1024 / batch));
    const perPass = checkInteger(owner, "samplesPerPass", options.samplesPerPass ?? fitting, 1);
    return tf.tidy(() => {
      const posterior = this.encode(x);
      const logWeights: tf.Tensor[] = [];
      for (let done = 0; done < samples; done += perPass) {
        const pass = Math.min(perPass, samples - done);
        // Only the weights of a pass outlive it: its decoded images are large.
        logWeights.push(this.#logWeights(x, posterior, rng, pass));
      }
      return tf.sub(tf.logSumExp(tf.concat(logWeights, 0), 0), Math.log(samples)) as tf.Tensor1D;
    });
  }

  /**
   * The logarithms of the importance weights p(x | z) p(z) / q(z | x) of `samples` draws: `[samples, B]`, in nats. The
   * {@link logLikelihood} is the logarithm of their mean.
   */
  logWeights(x: tf.Tensor, rng: Rng, samples: number): tf.Tensor2D {
    this.checkImages("logWeights", x);
    checkInteger(`${this.owner}.logWeights`, "samples", samples, 1);
    return tf.tidy(() => this.#logWeights(x, this.encode(x), rng, samples));
  }

  /** The mean image decoded from one draw of q(z | x): `[B, ...image] -> [B, ...imageShape]`. */
  reconstruct(x: tf.Tensor, rng: Rng): tf.Tensor {
    return tf.tidy(() => this.meanImages(this.draw(this.encode(x), rng, []).input, false));
  }

  abstract relaxedParts(x: tf.Tensor): RelaxedPart[];

  abstract config(): ModelConfig;

  /** Frees the networks, the latents and the likelihood. */
  dispose(): void {
    this.encoder.dispose();
    this.decoder.dispose();
    this.likelihood.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The posterior's parameters from the encoder's outputs, `[B, encoderOutputs]`. */
  protected abstract posterior(outputs: tf.Tensor): Posterior;

  /** One draw of all latents per image and sample, inside a `tf.tidy`. */
  protected abstract draw(posterior: Posterior, rng: Rng, sampleShape: readonly number[]): LatentDraw;

  /** The variables of the latents themselves. */
  protected abstract latentVariables(): tf.Variable[];

  /** Variables of the latents that a step assigns itself; none by default. */
  protected latentState(): tf.Variable[] {
    return [];
  }

  /** The topologies and the likelihood, as a checkpoint stores them. */
  protected partsConfig(): Pick<ModelConfig, string> {
    return {
      encoder: this.encoder.toJSON(null, false),
      decoder: this.decoder.toJSON(null, false),
      likelihood: this.likelihood.config(),
    };
  }

  /** log p(x | z) for inputs of the decoder `[...sampleShape, B, decoderInputs] -> [...sampleShape, B]`. */
  protected logLikelihoodOf(x: tf.Tensor, inputs: tf.Tensor, training: boolean): tf.Tensor {
    const leading = inputs.shape.slice(0, -1);
    const outputs = this.decoderOutputs(tf.reshape(inputs, [sizeOfShape(leading), this.#decoderInputs]), training);
    const images = tf.reshape(x, [x.shape[0]!, sizeOfShape(this.imageShape)]) as tf.Tensor2D;
    return this.likelihood.logProb(images, tf.reshape(outputs, [...leading, sizeOfShape(outputs.shape.slice(1))]));
  }

  /** `[B, decoderInputs] -> [B, ...imageShape]`. */
  protected meanImages(inputs: tf.Tensor, training: boolean): tf.Tensor {
    return tf.reshape(this.likelihood.mean(this.decoderOutputs(inputs, training)), [-1, ...this.imageShape]);
  }

  /** `[B, decoderInputs] -> [B, pixels * outputsPerPixel]`. */
  protected decoderOutputs(inputs: tf.Tensor, training: boolean): tf.Tensor {
    const outputs = applyNetwork(this.decoder, inputs, training);
    return tf.reshape(outputs, [outputs.shape[0]!, sizeOfShape(outputs.shape.slice(1))]);
  }

  #logWeights(x: tf.Tensor, posterior: Posterior, rng: Rng, samples: number): tf.Tensor2D {
    return tf.tidy(() => {
      const { input, logRatio } = this.draw(posterior, rng, [samples]);
      return tf.sub(this.logLikelihoodOf(x, input, false), logRatio()) as tf.Tensor2D;
    });
  }

  /** @throws RangeError if x does not hold the encoder's number of pixels per image. */
  protected checkImages(method: string, x: tf.Tensor): void {
    if (x.rank < 2 || sizeOfShape(x.shape.slice(1)) !== sizeOfShape(this.imageShape)) {
      throw new RangeError(
        `${this.owner}.${method}: x must have shape [B, ${this.imageShape.join(", ")}] or another one with ` +
          `${sizeOfShape(this.imageShape)} pixels per image, got [${x.shape}]`,
      );
    }
  }
}
