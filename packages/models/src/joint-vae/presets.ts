import type { Rng } from "@igr/core";
import { checkRng } from "@igr/tensors";
import { GaussianLatent } from "../latent/gaussian-latent.js";
import type { Latent } from "../latent/latent.js";
import type { Likelihood } from "../likelihood/likelihood.js";
import { convolutionalDecoder, convolutionalEncoder, type SquareImageShape } from "../network/convolutional.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Ramp } from "../schedule/schedule.js";
import { JointVAE, type JointVAEOptions } from "./joint-vae.js";

/** The settings of a JointVAE experiment (appendix D.2 of the paper). */
export interface JointVAEPreset {
  /** The image shape of the convolutional networks; pad or resize images of 28x28 to 32x32 first. */
  readonly imageShape: SquareImageShape;
  /** Number of continuous variables. */
  readonly continuousVariables: number;
  /** Number of categories of the single discrete variable, for the Gumbel-Softmax and IGR. */
  readonly categories: number;
  /** Maximum number of categories of IGR-SB, which learns how many it uses. */
  readonly maxCategories: number;
  /** Batch size. */
  readonly batchSize: number;
  /** Learning rate of Adam. */
  readonly learningRate: number;
  /** Passes over the training images. */
  readonly epochs: number;
  /** Weight of |KL - C|. */
  readonly gamma: number;
  /** The capacities C of both KLs over training steps, in nats. */
  readonly capacities: { readonly continuous: Ramp; readonly discrete: Ramp };
}

/** Options of the presets whose capacities the paper prints swapped. */
export interface PresetOptions {
  /**
   * Whether to use the capacities as the paper prints them, with continuous and discrete swapped. By default (false)
   * they are those of Dupont (2018), whose settings the paper says it follows.
   */
  readonly asPrinted?: boolean;
}

function preset(
  options: Pick<JointVAEPreset, "imageShape" | "continuousVariables" | "gamma">,
  capacities: { readonly continuous: number; readonly discrete: number },
  steps: number,
  { asPrinted = false }: PresetOptions,
): JointVAEPreset {
  const rise = (to: number): Ramp => ({ kind: "linear", from: 0, to, steps });
  return {
    ...options,
    categories: 10,
    maxCategories: 50,
    batchSize: 64,
    learningRate: 5e-4,
    epochs: 100,
    capacities: {
      continuous: rise(asPrinted ? capacities.discrete : capacities.continuous),
      discrete: rise(asPrinted ? capacities.continuous : capacities.discrete),
    },
  };
}

/** MNIST: gamma 30, both capacities from 0 to 5 nats in 25,000 steps, ten continuous variables, learning rate 5e-4. */
export function jointVaeMnist(): JointVAEPreset {
  const size = { imageShape: [32, 32, 1], continuousVariables: 10, gamma: 30 } as const;
  return preset(size, { continuous: 5, discrete: 5 }, 25_000, {});
}

/**
 * Fashion-MNIST: gamma 100, capacities from 0 to 5 nats (continuous) and 10 (discrete) in 50,000 steps.
 *
 * @example
 * ```ts
 * jointVaeFashionMnist().capacities.discrete.to; // 10
 * jointVaeFashionMnist({ asPrinted: true }).capacities.discrete.to; // 5
 * ```
 */
export function jointVaeFashionMnist(options: PresetOptions = {}): JointVAEPreset {
  checkNamedOptions("jointVaeFashionMnist", options, { asPrinted: "optional" });
  const size = { imageShape: [32, 32, 1], continuousVariables: 10, gamma: 100 } as const;
  return preset(size, { continuous: 5, discrete: 10 }, 50_000, options);
}

/** CelebA: 32 continuous variables, gamma 100, capacities from 0 to 50 nats (continuous) and 10 (discrete) in 100,000 steps. */
export function jointVaeCelebA(options: PresetOptions = {}): JointVAEPreset {
  checkNamedOptions("jointVaeCelebA", options, { asPrinted: "optional" });
  const size = { imageShape: [64, 64, 3], continuousVariables: 32, gamma: 100 } as const;
  return preset(size, { continuous: 50, discrete: 10 }, 100_000, options);
}

/** What {@link jointVaeFromPreset} needs besides a preset. */
export interface PresetModelOptions {
  /** The discrete part, with any relaxation; one variable in the paper. */
  readonly discrete: Latent;
  /** p(x | z) of the pixels. */
  readonly likelihood: Likelihood;
  /** Initializes the weights, from forks of it. */
  readonly rng: Rng;
  /** As in {@link JointVAE}. */
  readonly objective?: Pick<JointVAEOptions, "per" | "penalizedDiscreteKl" | "capAtLogK">;
}

/**
 * The JointVAE of a preset: the paper's convolutional networks for its images, a Gaussian part and the given discrete
 * part.
 *
 * @example
 * ```ts
 * const discrete = new GumbelSoftmaxLatent({ variables: 1, categories: 10, temperature: 0.67 });
 * const model = jointVaeFromPreset(jointVaeMnist(), { discrete, likelihood: new BernoulliLikelihood(), rng: createRng(1) });
 * model.gamma; // 30
 * ```
 */
export function jointVaeFromPreset(
  { imageShape, continuousVariables, gamma, capacities }: JointVAEPreset,
  options: PresetModelOptions,
): JointVAE {
  const owner = "jointVaeFromPreset";
  const names = { discrete: "required", likelihood: "required", rng: "checked", objective: "optional" } as const;
  checkNamedOptions(owner, options, names);
  const { discrete, likelihood, rng, objective } = options;
  checkRng(owner, rng, "fork");
  const continuous = new GaussianLatent({ variables: continuousVariables });
  return new JointVAE({
    encoder: convolutionalEncoder({
      imageShape,
      outputs: continuous.encoderOutputs + discrete.encoderOutputs,
      rng: rng.fork("encoder"),
    }),
    decoder: convolutionalDecoder({
      imageShape,
      inputs: continuous.decoderInputs + discrete.decoderInputs,
      outputsPerPixel: likelihood.outputsPerPixel,
      rng: rng.fork("decoder"),
    }),
    likelihood,
    continuous: [continuous],
    discrete: [discrete],
    gamma,
    capacities,
    ...objective,
  });
}
