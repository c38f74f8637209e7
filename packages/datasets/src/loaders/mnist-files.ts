import type { LoadOptions, SplitFiles } from "./load-images.js";

/** SHA-256 of the four files, unpacked. */
export interface MnistHashes {
  readonly trainImages: string;
  readonly trainLabels: string;
  readonly testImages: string;
  readonly testLabels: string;
}

/** The four files that MNIST came in, and data sets made in its likeness: same names, same sizes. */
export function mnistFiles(sha256: MnistHashes): Record<LoadOptions["split"], SplitFiles> {
  return {
    train: {
      images: { name: "train-images-idx3-ubyte", sha256: sha256.trainImages, shape: [60_000, 28, 28] },
      labels: { name: "train-labels-idx1-ubyte", sha256: sha256.trainLabels, shape: [60_000] },
    },
    test: {
      images: { name: "t10k-images-idx3-ubyte", sha256: sha256.testImages, shape: [10_000, 28, 28] },
      labels: { name: "t10k-labels-idx1-ubyte", sha256: sha256.testLabels, shape: [10_000] },
    },
  };
}
