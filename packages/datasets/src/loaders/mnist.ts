import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import { type ImageSource, type LoadImagesOptions, loadImages } from "./load-images.js";
import { missingPackage } from "./missing-package.js";
import { MNIST_SHA256, mnistFiles } from "./mnist-files.js";

const source: ImageSource = {
  loader: "loadMnist",
  name: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  files: mnistFiles(MNIST_SHA256),
  mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
  packageFiles: async () => {
    // The literal name inside a try: bundlers find the package where it is installed, and only warn where it isn't.
    try {
      const files = await import("@igr/data-mnist");
      return {
        train: { images: files.trainImages.url, labels: files.trainLabels.url },
        test: { images: files.testImages.url, labels: files.testLabels.url },
      };
    } catch (cause) {
      throw missingPackage("loadMnist", "@igr/data-mnist", cause);
    }
  },
};

/**
 * MNIST: handwritten digits (LeCun, Cortes and Burges; CC BY-SA 3.0), 28x28 in one channel, 60,000 to train and 10,000 to test.
 * From the package @igr/data-mnist; or from the folder `dir`; or, with `download`, from `dir` or a cache, filled from
 * the network once. SHA-256 is checked in each case.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError if `split` is neither "train" nor "test".
 *
 * @example
 * ```ts
 * const test = await loadMnist({ split: "test" });
 * test.length; // 10000
 * test.imageShape; // [28, 28, 1]
 * ```
 */
export function loadMnist(options: LoadImagesOptions): Promise<ImageDataset> {
  return ownedBy("loadMnist", async () => loadImages(source, options));
}
