import type { IgrDecoderInput } from "../latent/igr-latent-options.js";

/** The settings of a discrete VAE experiment on 28x28 images. */
export interface DiscreteVAEPreset {
  /** N, the number of categorical variables. */
  readonly variables: number;
  /** K, the number of categories of each variable. */
  readonly categories: number;
  /** Hidden units of the encoder and of the decoder. */
  readonly encoderHidden: readonly number[];
  readonly decoderHidden: readonly number[];
  /** How images are binarized, in training and testing. */
  readonly binarize: "dynamic" | "threshold";
  /** What the decoder receives from IGR and from the Gumbel-Softmax. */
  readonly decoderReceives: { readonly igr: IgrDecoderInput; readonly gumbelSoftmax: "z" | "log z" };
  /** `'fitted'` by eq 20, or the same loc and scale for every coordinate of every variable. */
  readonly igrPrior: "fitted" | { readonly loc: number; readonly scale: number };
  /** Batch size. */
  readonly batchSize: number;
  /** Learning rate of Adam. */
  readonly learningRate: number;
  /** Passes over the training images. */
  readonly epochs: number;
}

/** Appendix D.1 of the paper, as printed: 784-512-256 and back, dynamic binarization; the decoder receives z itself. */
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
 * The settings of the paper authors' program, which produced the paper's tables: the decoder receives logarithms (for
 * IGR the log-softmax of the K-1 logits, without delta), MNIST is thresholded at 0.5, the encoder has an additional
 * layer of 784 units, and the prior is not fitted. A PyTorch program with these settings reproduces the paper's numbers
 * (100 epochs, one seed): GS(.67) -121.97 on the test set, IGR(.50) -100.4 on the training set and -104.1 on the test
 * set. For grey images use `GaussianLikelihood.paperPreset()`.
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
