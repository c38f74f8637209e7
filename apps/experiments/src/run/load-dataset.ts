import { type ConversionProgress, type ImageDataset, loadCelebA, loadFashionMnist, loadMnist } from "@igr/datasets";
import type { RunConfiguration } from "./configuration.js";
import { imageShapeOf } from "./model.js";

export interface LoadDatasetOptions {
  /** Called while pictures are converted, which happens once for each data set. */
  readonly onProgress?: (progress: ConversionProgress) => void;
  readonly signal?: AbortSignal;
}

/** Training and test images in the shape that the configuration's networks take. */
export async function loadDataset(
  configuration: RunConfiguration,
  options: LoadDatasetOptions,
): Promise<{ readonly training: ImageDataset; readonly test: ImageDataset }> {
  const { dataset, dataDir, trainImages, testImages } = configuration;
  const [height] = imageShapeOf(configuration);
  const load = async (split: "train" | "test", count: number | undefined) => {
    const images = await loadSplit(split);
    const counted = count === undefined ? images : images.slice(0, count);
    return counted.imageShape[0] === height ? counted : counted.padded(height);
  };
  const loadSplit = (split: "train" | "test") => {
    if (dataset === "mnist") return loadMnist({ split });
    if (dataset === "fashion-mnist") return loadFashionMnist({ split });
    return loadCelebA({ split, dir: dataDir as string, ...options });
  };
  const [training, test] = await Promise.all([load("train", trainImages), load("test", testImages)]);
  return { training, test };
}
