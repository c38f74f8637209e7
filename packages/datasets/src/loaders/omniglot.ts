import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import type { ConversionOptions } from "./conversion-options.js";

/** Which characters to load and where from. */
export interface OmniglotOptions extends ConversionOptions {
  /**
   * By alphabets: "train" is the background set, 19,280 drawings of 964 characters in 30 alphabets, "test" the evaluation set, 13,180
   * of 659 characters in 20 other alphabets. Burda's: 24,345 and 8,070 drawings of all 50 alphabets.
   */
  readonly split: "train" | "test";
  /**
   * Which split: `"alphabets"`, the authors' own, so that no character of one part is in the other; or `"burda"`, that of the
   * literature on deep generative models, whose log-likelihoods compare with no other's. By default `"alphabets"`.
   */
  readonly partition?: "alphabets" | "burda";
  /**
   * Folder with `images_background.zip` and `images_evaluation.zip`, or with the folders of these names; for Burda's split with
   * `chardata.mat`.
   */
  readonly dir: string;
  /** Side of the images, to which the 105x105 pixels are resized. By default 28, the only side of Burda's split. */
  readonly size?: number;
  /**
   * Whether all published drawings must be there (Burda's file byte for byte), and converted bytes are compared with their SHA-256
   * when they are read. By default true.
   */
  readonly verify?: boolean;
}

/**
 * Omniglot: handwritten characters, each drawn by 20 people (Lake, Salakhutdinov and Tenenbaum 2015), from the user's own copy of the
 * authors' archives, or of `chardata.mat` (Burda, Grosse and Salakhutdinov 2016), whose 28x28 intensities become the nearest of 256.
 * Log-likelihoods on the two splits aren't comparable. Ink is 255 on 0, as in MNIST. Drawings are resized bilinearly, with the bytes
 * of Pillow, once, and kept. Labels count the characters. Class names are "Greek/character01"; Burda's file has no names, and its classes are
 * called "alphabet 1/character 1". Node only.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError for an unknown split or partition, or an invalid size.
 *
 * @example
 * ```ts
 * const characters = await loadOmniglot({ split: "train", dir: "data/omniglot" });
 * characters.imageShape; // [28, 28, 1]
 * const burda = await loadOmniglot({ split: "test", partition: "burda", dir: "data/omniglot" });
 * burda.length; // 8070
 * ```
 */
export async function loadOmniglot(options: OmniglotOptions): Promise<ImageDataset> {
  return ownedBy("loadOmniglot", async () => (await import("#conversion")).loadOmniglot(options));
}
