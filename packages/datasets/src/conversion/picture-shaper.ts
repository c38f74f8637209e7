import { DatasetError } from "../dataset-error.js";
import { Resizer } from "../pixels/resize.js";
import type { DecodedPicture } from "./png.js";

/** The steps from a picture to an image, in this order. */
export interface Recipe {
  /** `[height, width]` cut from the middle; "square": the largest square; "none": the whole picture. */
  readonly crop: readonly [number, number] | "square" | "none";
  /** 1: grey (ITU-R 601 luma, as Pillow's "L"); 3: RGB. Transparency is ignored. */
  readonly channels: 1 | 3;
  /** `[height, width]`, bilinear with the bytes of Pillow. */
  readonly size: readonly [number, number];
  /** Whether 255 - v takes the place of v: dark ink on white paper becomes 255 on 0, as in MNIST. */
  readonly invert: boolean;
}

/** Applies a recipe to pictures, one after the other. */
export class PictureShaper {
  readonly #recipe: Recipe;
  #resizer: Resizer | undefined;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  /** Writes the picture's pixels to `target`. @throws DatasetError `wrong-shape` if the crop is larger than the picture. */
  write(picture: DecodedPicture, target: Uint8Array, file: string): void {
    const { channels, size, invert } = this.#recipe;
    const [height, width] = this.#cropOf(picture, file);
    const pixels = cutAndConvert(picture, height, width, channels);
    const [lastHeight, lastWidth] = this.#resizer?.sourceShape ?? [];
    if (this.#resizer === undefined || lastHeight !== height || lastWidth !== width) {
      this.#resizer = new Resizer([height, width, channels], size);
    }
    this.#resizer.resize(pixels, target);
    if (invert) for (let i = 0; i < target.length; i++) target[i] = 255 - (target[i] as number);
  }

  #cropOf({ height, width }: DecodedPicture, file: string): readonly [number, number] {
    const { crop } = this.#recipe;
    if (crop === "none") return [height, width];
    if (crop === "square") return [Math.min(height, width), Math.min(height, width)];
    if (crop[0] > height || crop[1] > width) {
      const expected = `at least ${crop[0]}x${crop[1]} pixels (height x width), which are cut from the middle`;
      throw new DatasetError({ reason: "wrong-shape", file, expected, found: `${height}x${width}` });
    }
    return crop;
  }
}

/** The middle of a picture, in 1 or 3 channels; where the margin is odd, its smaller half lies above and to the left. */
function cutAndConvert(picture: DecodedPicture, height: number, width: number, channels: 1 | 3): Uint8Array {
  const { pixels, channels: given } = picture;
  const top = (picture.height - height) >> 1;
  const left = (picture.width - width) >> 1;
  const isColor = given >= 3;
  const result = new Uint8Array(height * width * channels);
  for (let y = 0, to = 0; y < height; y++) {
    let from = ((top + y) * picture.width + left) * given;
    for (let x = 0; x < width; x++, from += given) {
      const first = pixels[from] as number;
      const second = isColor ? (pixels[from + 1] as number) : first;
      const third = isColor ? (pixels[from + 2] as number) : first;
      if (channels === 3) {
        result[to++] = first;
        result[to++] = second;
        result[to++] = third;
      } else {
        // 0.299, 0.587 and 0.114 in units of 2^-16, as Pillow has them.
        result[to++] = isColor ? (first * 19595 + second * 38470 + third * 7471 + 0x8000) >> 16 : first;
      }
    }
  }
  return result;
}
