import { describeValue, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Latent } from "../latent/latent.js";
import type { LatentParameters, LatentPart, LatentSample } from "../latent/latent-part.js";
import type { ExchangeSizes } from "../model/variational-autoencoder.js";

/** The parameters of the posterior, part by part. */
export interface JointPosterior {
  /** Parameters of each continuous part, in order. */
  readonly continuous: readonly LatentParameters[];
  /** Parameters of each discrete part, in order. */
  readonly discrete: readonly LatentParameters[];
}

/** The decoder's input: `[...sampleShape, B, inputs of all parts]`. */
export function joined(samples: readonly LatentSample[]): tf.Tensor {
  const flat = samples.map(({ z, input = z }) =>
    tf.reshape(input, [...input.shape.slice(0, -2), sizeOfShape(input.shape.slice(-2))]),
  );
  return flat.length === 1 ? flat[0]! : tf.concat(flat, flat[0]!.rank - 1);
}

/** The decoder's input from one part, `[B, inputs]`, for its latents `[B, ...]`. */
export function decoderInputOf(what: string, part: LatentPart, z: tf.Tensor): tf.Tensor {
  const each = part instanceof Latent ? part.categories : 1;
  if (z.rank < 2 || sizeOfShape(z.shape.slice(1)) !== part.variables * each) {
    throw new RangeError(`${what} must hold ${part.variables} x ${each} numbers per image, got shape [${z.shape}]`);
  }
  const input = part.decoderInput(tf.reshape(z, [z.shape[0]!, part.variables, each]));
  return tf.reshape(input, [z.shape[0]!, -1]);
}

/** The KLs `[B, N]` of several parts, summed to `[B]`; zeros for the batch of x if there are no parts. */
export function sumOver(x: tf.Tensor, kls: readonly tf.Tensor[]): tf.Tensor1D {
  if (kls.length === 0) return tf.zeros([x.shape[0]!]);
  return tf.addN(kls.map((kl) => tf.sum(kl, 1))) as tf.Tensor1D;
}

/** All parts, continuous ones first. */
export function checkParts(
  owner: string,
  continuous: readonly LatentPart[],
  discrete: readonly Latent[],
): readonly LatentPart[] {
  for (const [name, list] of Object.entries({ continuous, discrete })) {
    if (!Array.isArray(list)) {
      throw new TypeError(`${owner}: ${name} must be an array of latent parts, got ${describeValue(list)}`);
    }
  }
  if (continuous.length + discrete.length === 0) {
    throw new RangeError(`${owner}: continuous or discrete must hold at least 1 part, got none`);
  }
  const unrelaxed = discrete.find(({ trainingTerms }) => trainingTerms);
  if (unrelaxed) {
    throw new TypeError(
      `${owner}: discrete must hold relaxed parts, whose draws pass gradients on, got ${unrelaxed.constructor.name}`,
    );
  }
  return [...continuous, ...discrete];
}

export function exchangeSizesOf(parts: readonly LatentPart[]): ExchangeSizes {
  const total = (size: (part: LatentPart) => number) => parts.reduce((sum, part) => sum + size(part), 0);
  const each = (size: (part: LatentPart) => string) => parts.map(size).join(" + ");
  return {
    encoderOutputs: total((part) => part.encoderOutputs),
    encoderReason: each((part) => `${part.variables} variables x ${part.outputsPerVariable} outputs`),
    decoderInputs: total((part) => part.decoderInputs),
    decoderReason: each((part) => `${part.variables} variables x ${part.inputsPerVariable} inputs`),
  };
}

/** The posterior from the encoder's outputs, whose columns belong to the parts in order. */
export function posteriorOf(
  outputs: tf.Tensor,
  continuous: readonly LatentPart[],
  discrete: readonly LatentPart[],
): JointPosterior {
  let from = 0;
  const parametersOf = (part: LatentPart) => {
    const numbers = tf.slice(outputs, [0, from], [-1, part.encoderOutputs]);
    from += part.encoderOutputs;
    return part.parameters(tf.reshape(numbers, [-1, part.variables, part.outputsPerVariable]));
  };
  return { continuous: continuous.map(parametersOf), discrete: discrete.map(parametersOf) };
}
