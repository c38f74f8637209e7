import { checkInteger } from "../check-options.js";

/** Height, width and channels of an image. */
export type ImageShape = readonly [number, number, number];

/** A side of a square, or `[height, width]`. */
export type ImageSize = number | readonly [number, number];

/** `[height, width]` of a size. @throws RangeError unless both are integers >= 1. */
export function heightAndWidth(owner: string, size: ImageSize): readonly [number, number] {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  checkInteger(owner, "height of size", height, 1);
  checkInteger(owner, "width of size", width, 1);
  return [height, width];
}

/**
 * Images in the middle of black ones of `size`; where the margin is odd, the larger half lies below and to the right.
 * @throws RangeError if `size` is smaller than the images.
 */
export function padImages(owner: string, images: Uint8Array, shape: ImageShape, size: ImageSize): Uint8Array {
  const [height, width, channels] = shape;
  const [newHeight, newWidth] = heightAndWidth(owner, size);
  if (newHeight < height || newWidth < width) {
    throw new RangeError(
      `${owner}: size must be at least that of the images, ${height}x${width}, got ${newHeight}x${newWidth}; resized makes images smaller`,
    );
  }
  const top = (newHeight - height) >> 1;
  const left = (newWidth - width) >> 1;
  const row = width * channels;
  const count = images.length / (height * row);
  const padded = new Uint8Array(count * newHeight * newWidth * channels);
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < height; y++) {
      const from = (image * height + y) * row;
      padded.set(images.subarray(from, from + row), ((image * newHeight + top + y) * newWidth + left) * channels);
    }
  }
  return padded;
}
