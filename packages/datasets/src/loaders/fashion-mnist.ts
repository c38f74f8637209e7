import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import { type ImageSource, type LoadImagesOptions, loadImages } from "./load-images.js";
import { missingPackage } from "./missing-package.js";
import { FASHION_MNIST_SHA256, mnistFiles } from "./mnist-files.js";

const source: ImageSource = {
  loader: "loadFashionMnist",
  name: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  files: mnistFiles(FASHION_MNIST_SHA256),
  mirrors: [
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
  ],
  packageFiles: async () => {
    // The literal name inside a try: bundlers find the package where it is installed, and only warn where it isn't.
    try {
      const files = await import("@igr/data-fashion-mnist");
      return {
        train: { images: files.trainImages.url, labels: files.trainLabels.url },
        test: { images: files.testImages.url, labels: files.testLabels.url },
      };
    } catch (cause) {
      throw missingPackage("loadFashionMnist", "@igr/data-fashion-mnist", cause);
    }
  },
};

/**
 * Fashion-MNIST: pictures of clothes (Xiao, Rasul and Vollgraf 2017; MIT), 28x28 in one channel, 60,000 to train and 10,000 to test.
 * From the package @igr/data-fashion-mnist; or from the folder `dir`; or, with `download`, from `dir` or a cache, filled from
 * the network once. SHA-256 is checked in each case.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError if `split` is neither "train" nor "test".
 *
 * @example
 * ```ts
 * const test = await loadFashionMnist({ split: "test" });
 * test.length; // 10000
 * test.imageShape; // [28, 28, 1]
 * ```
 */
export function loadFashionMnist(options: LoadImagesOptions): Promise<ImageDataset> {
  return ownedBy("loadFashionMnist", async () => loadImages(source, options));
}
