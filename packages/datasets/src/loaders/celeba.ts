import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import type { ConversionOptions } from "./conversion-options.js";

/** Which faces to load and where from. */
export interface CelebAOptions extends ConversionOptions {
  /** The part by `list_eval_partition`: 162,770 faces to train, 19,867 for validation, 19,962 to test. */
  readonly split: "train" | "validation" | "test";
  /**
   * Folder with `img_align_celeba.zip` (or, unpacked, the folder `img_align_celeba`), `list_eval_partition.txt` and, for
   * `attribute`, `list_attr_celeba.txt`, as the authors publish them; Kaggle's `.csv` lists serve, too, and so does Kaggle's archive with all of
   * it, unpacked or given itself: `dir: "archive.zip"`. Once converted, the images are found without the pictures.
   */
  readonly dir: string;
  /** Side of the square cut from the middle of the 178x218 pixels, at most 178. 148 and 160 are usual, too. By default 178, the whole width. */
  readonly crop?: number;
  /** Side of the images that it is resized to. By default 64. */
  readonly size?: number;
  /** One of the 40 attributes, "Smiling", which labels the faces 1 and 0. By default all labels are 0. */
  readonly attribute?: string;
}

/**
 * CelebA: 202,599 aligned faces of 10,177 celebrities (Liu, Luo, Wang and Tang 2015), in RGB, from the user's own copy: its licence, for
 * research only, forbids passing it on. A square from the middle is resized to 64x64, with the bytes of Pillow's bilinear filter. The first
 * call converts all faces on all cores and keeps them as one file of 2.5 GB (IDX, beside it a description with SHA-256); an
 * interrupted conversion goes on where it was. Node only. The training part takes 2.0 GB of memory.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError for an unknown split or attribute, or an invalid size.
 *
 * @example
 * ```ts
 * const faces = await loadCelebA({ split: "train", dir: "data/celeba", attribute: "Smiling" });
 * faces.imageShape; // [64, 64, 3]
 * faces.classNames; // ["not Smiling", "Smiling"]
 * ```
 */
export async function loadCelebA(options: CelebAOptions): Promise<ImageDataset> {
  return ownedBy("loadCelebA", async () => (await import("#conversion")).loadCelebA(options));
}
