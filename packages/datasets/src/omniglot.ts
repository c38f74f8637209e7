import type { ConversionOptions } from "./conversion-options.js";
import type { ImageDataset } from "./image-dataset.js";

/** Which characters to load and where from. */
export interface OmniglotOptions extends ConversionOptions {
  /**
   * "train": the background set, 19,280 drawings of 964 characters in 30 alphabets; "test": the evaluation set, 13,180 of 659
   * characters in 20 other alphabets.
   */
  readonly split: "train" | "test";
  /** Folder with `images_background.zip` and `images_evaluation.zip`, or with the folders of these names. */
  readonly dir: string;
  /** Side that the 105x105 pixels are resized to. Absent: 28. */
  readonly size?: number;
}

/**
 * Omniglot: handwritten characters, each drawn by 20 people (Lake, Salakhutdinov and Tenenbaum 2015), from the user's own copy of the
 * authors' archives. The split is the authors' by alphabet, so that no class of one part is in the other. It isn't the split of
 * the literature on deep generative models, 24,345 and 8,070 drawings of all alphabets at 28x28 (`chardata.mat`, Burda, Grosse and
 * Salakhutdinov 2016): log-likelihoods on the two aren't comparable. Ink is 255 on 0, as in MNIST; bilinear, with the bytes of
 * Pillow. Labels count the characters; class names are "Alphabet/character01". Converted once and kept; Node only.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError for a split or a size that there isn't.
 *
 * @example
 * ```ts
 * const characters = await loadOmniglot({ split: "train", dir: "data/omniglot" });
 * characters.imageShape; // [28, 28, 1]
 * ```
 */
export async function loadOmniglot(options: OmniglotOptions): Promise<ImageDataset> {
  return (await import("#conversion")).loadOmniglot(options);
}
