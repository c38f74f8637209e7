import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import type { ImageSize } from "../pixels/pad.js";
import type { ConversionOptions } from "./conversion-options.js";

/** Which pictures to load, and how to convert them. */
export interface ImageFolderOptions extends ConversionOptions {
  /** A folder, or a `.zip` file, of JPEG, PNG or (with sharp) WebP pictures of any sizes. */
  readonly dir: string;
  /** Side of the square images, or `[height, width]`. */
  readonly size: ImageSize;
  /** 3 for RGB, 1 for grey. By default 3. */
  readonly channels?: 1 | 3;
  /**
   * What is cut from the middle of each picture before it is resized: "square", the largest; a side or `[height, width]` in
   * pixels; or "none": the whole picture, which then may be distorted. By default "square".
   */
  readonly crop?: "square" | "none" | ImageSize;
  /**
   * The classes in the order of their labels, each the name of a folder: `classNames: train.classNames` gives the pictures of a test set
   * the labels of the training set. All folders must be among them. A class may have no pictures.
   * By default all folders, sorted, and none may be empty.
   */
  readonly classNames?: readonly string[];
  /** Whether 255 - v takes the place of v, for dark drawings on white. By default false. */
  readonly invert?: boolean;
}

/**
 * Pictures of a folder or archive, at any depth. Its folders are the classes, and labels count their sorted names, as in torchvision's
 * `ImageFolder`; without folders all labels are 0. If there is one folder with all the others in it, that one is skipped. Links
 * are followed. Pictures are resized bilinearly, with the bytes of Pillow. Transparency and the orientation that a camera noted are ignored.
 * Pictures are converted once and kept until a file changes. Node only.
 *
 * @throws DatasetError naming the picture, what was expected and what was found.
 * @throws RangeError for invalid options.
 *
 * @example
 * ```ts
 * const pets = await loadImageFolder({ dir: "pets", size: 64 }); // pets/cat/1.jpg, pets/dog/2.png ...
 * pets.classNames; // ["cat", "dog"]
 * ```
 */
export async function loadImageFolder(options: ImageFolderOptions): Promise<ImageDataset> {
  return ownedBy("loadImageFolder", async () => (await import("#conversion")).loadImageFolder(options));
}
