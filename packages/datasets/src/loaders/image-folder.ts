import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import type { ImageSize } from "../pixels/pad.js";
import type { ConversionOptions } from "./conversion-options.js";

/** Which pictures to load and what to make of them. */
export interface ImageFolderOptions extends ConversionOptions {
  /** A folder, or a `.zip` file, of JPEG, PNG or (with sharp) WebP pictures of any sizes. */
  readonly dir: string;
  /** Side of the square images, or `[height, width]`. */
  readonly size: ImageSize;
  /** 3 for RGB, 1 for grey. Absent: 3. */
  readonly channels?: 1 | 3;
  /**
   * What is cut from the middle of each picture before it is resized: "square", the largest; a side or `[height, width]` in
   * pixels; or "none": the whole picture, which then may be distorted. Absent: "square".
   */
  readonly crop?: "square" | "none" | ImageSize;
  /**
   * The classes in the order of their labels, each the name of a folder: `classNames: train.classNames` gives the pictures of a test set
   * the labels of the training set. All folders must be among them; a class whose folder is empty or not there has no pictures.
   * Absent: all folders, sorted, and none may be empty.
   */
  readonly classNames?: readonly string[];
  /** Whether 255 - v takes the place of v, for dark drawings on white. Absent: false. */
  readonly invert?: boolean;
}

/**
 * Pictures of any folder, at any depth. The folders in it are the classes, labels count their sorted names, as torchvision's
 * `ImageFolder` has it; without folders in it, all labels are 0. A folder that wraps the classes' folders is looked through, and links
 * are followed. Resized bilinearly with the bytes of Pillow; transparency is left
 * out and the orientation that a camera noted is not followed. Converted once and kept until a file changes; Node only.
 *
 * @throws DatasetError naming the picture, what was expected and what was found.
 * @throws RangeError for options that make no sense.
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
