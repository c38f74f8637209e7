import type { IgrDecoderInput } from "../latent/igr-latent.js";

/** The settings of a discrete VAE experiment on 28x28 images. */
export interface DiscreteVAEPreset {
  /** N, the categorical variables. */
  readonly variables: number;
  /** K, the categories of each. */
  readonly categories: number;
  /** Hidden units of the encoder and of the decoder. */
  readonly encoderHidden: readonly number[];
  readonly decoderHidden: readonly number[];
  /** How images become bits, in training and testing. */
  readonly binarize: "dynamic" | "threshold";
  /** What the decoder receives, of IGR and of the Gumbel-Softmax. */
  readonly decoderReceives: { readonly igr: IgrDecoderInput; readonly gumbelSoftmax: "z" | "log z" };
  /** `'fitted'` by eq 20, or numbers for every coordinate of every variable. */
  readonly igrPrior: "fitted" | { readonly loc: number; readonly scale: number };
  /** Images of a step. */
  readonly batchSize: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Passes over the training images. */
  readonly epochs: number;
}

/** Appendix D.1 of the paper, as printed: 784-512-256 and back, dynamic binarization, z itself into the decoder. */
export function discreteVaePaper(): DiscreteVAEPreset {
  return {
    variables: 30,
    categories: 10,
    encoderHidden: [512, 256],
    decoderHidden: [256, 512],
    binarize: "dynamic",
    decoderReceives: { igr: "z", gumbelSoftmax: "z" },
    igrPrior: "fitted",
    batchSize: 64,
    learningRate: 1e-3,
    epochs: 100,
  };
}

/**
 * The program of the paper's authors that belongs to its tables: the decoder receives logarithms (of IGR the log-softmax of the K-1
 * logits, without delta), MNIST is thresholded at 0.5, the encoder has one more layer of 784, the prior is not fitted. With it a
 * PyTorch program comes to the paper's numbers, 100 epochs, one seed: GS(.67) -121.97 on the test set, IGR(.50) -100.4 on the
 * training set and -104.1 on the test set. Images of grey pixels go with `GaussianLikelihood.paperPreset()`.
 */
export function discreteVaeAuthors(): DiscreteVAEPreset {
  return {
    ...discreteVaePaper(),
    encoderHidden: [784, 512, 256],
    binarize: "threshold",
    decoderReceives: { igr: "log softmax", gumbelSoftmax: "log z" },
    igrPrior: { loc: -2.08, scale: 1.72 },
  };
}
