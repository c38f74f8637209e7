import { join } from "node:path";
import { createRng } from "@igr/core";
import {
  type ConversionProgress,
  DatasetError,
  type ImageDataset,
  loadCelebA,
  loadFashionMnist,
  loadImageFolder,
  loadMnist,
  loadOmniglot,
} from "@igr/datasets";
import type { DataConfiguration } from "../configuration/data-schema.js";
import type { RunConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { imageShapeOf } from "./build-model.js";

export interface LoadDataOptions {
  /** Called while pictures are converted, which happens once for each data set. */
  readonly onProgress?: ((progress: ConversionProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The three parts of a run's images, in the input shape of its networks. */
export interface RunData {
  readonly training: ImageDataset;
  /** Held out of the training set for choices, and never trained on. */
  readonly validation: ImageDataset;
  /** Measured once, after training. */
  readonly test: ImageDataset;
}

/**
 * Loads the images of a run. The validation part is drawn from the training set by `data.splitSeed` only, so compared
 * runs train on the same images. Static bits (`binarize: "static"`) are drawn here, the same for all parts and runs.
 */
export async function loadData(configuration: RunConfiguration, options: LoadDataOptions = {}): Promise<RunData> {
  const { data } = configuration;
  const [height] = imageShapeOf(configuration);
  const rng = createRng(data.splitSeed).fork("data");
  const load = async (split: "train" | "test", count: number | undefined) => {
    const images = await loadSplit(data, split, options);
    const counted = count === undefined ? images : images.slice(0, count);
    const shaped = counted.imageShape[0] === height ? counted : counted.padded(height);
    return data.binarize === "static" ? shaped.binarized(rng.fork(split)) : shaped;
  };
  try {
    const [all, test] = await Promise.all([load("train", data.trainImages), load("test", data.testImages)]);
    if (data.validation === 0) return { training: all, validation: all.slice(0, 0), test };
    const { train: training, validation } = all.split({ validation: data.validation, rng });
    return { training, validation, test };
  } catch (error) {
    if (error instanceof DatasetError || error instanceof RangeError) {
      throw new InputError(`${error.message}${layoutOf(data)}`, { cause: error });
    }
    throw error;
  }
}

/** What a folder of the user's own pictures must be. */
function layoutOf({ name }: DataConfiguration): string {
  return name === "folder"
    ? "; data.dir needs the folders train and test, with a folder of pictures for each class"
    : "";
}

async function loadSplit(
  data: DataConfiguration,
  split: "train" | "test",
  options: LoadDataOptions,
): Promise<ImageDataset> {
  const conversion = {
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  switch (data.name) {
    case "mnist":
      return loadMnist({ split });
    case "fashion-mnist":
      return loadFashionMnist({ split });
    case "omniglot":
      return loadOmniglot({ split, dir: data.dir, partition: data.partition, ...conversion });
    case "celeba":
      return loadCelebA({ split, dir: data.dir, ...conversion });
    case "folder": {
      const folder = { size: data.size, channels: data.channels, ...conversion };
      const train = await loadImageFolder({ dir: join(data.dir, "train"), ...folder });
      if (split === "train") return train;
      // The test set may lack a class: labels are those of the training set.
      const { classNames } = train;
      return loadImageFolder({
        dir: join(data.dir, "test"),
        ...folder,
        ...(classNames.length > 0 ? { classNames } : {}),
      });
    }
  }
}
