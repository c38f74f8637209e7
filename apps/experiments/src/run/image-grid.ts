import { encode } from "fast-png";

export interface ImageGridOptions {
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for RGB, the last axis of `pixels`; 1 by default. */
  readonly channels?: 1 | 3;
  readonly columns: number;
  /** Pixels between images and around the grid. */
  readonly gap?: number;
  /** Size of one image pixel in the picture. */
  readonly scale?: number;
}

/**
 * A grid of images as a PNG. `pixels` has one image after the other, with values in [0, 1]; the last row is padded with
 * background.
 */
export function imageGridPng(
  pixels: ArrayLike<number>,
  { height, width, channels = 1, columns, gap = 1, scale = 2 }: ImageGridOptions,
): Uint8Array {
  const size = height * width * channels;
  if (size === 0 || pixels.length % size !== 0) {
    throw new RangeError(`imageGridPng: pixels must hold whole ${height}x${width} images, got ${pixels.length} values`);
  }
  const count = pixels.length / size;
  const rows = Math.ceil(count / columns);
  const pictureWidth = (columns * (width + gap) + gap) * scale;
  const pictureHeight = (rows * (height + gap) + gap) * scale;
  const picture = new Uint8Array(pictureWidth * pictureHeight * channels).fill(48);
  for (let image = 0; image < count; image += 1) {
    const left = ((image % columns) * (width + gap) + gap) * scale;
    const top = (Math.floor(image / columns) * (height + gap) + gap) * scale;
    for (let y = 0; y < height * scale; y += 1) {
      for (let x = 0; x < width * scale; x += 1) {
        const from = image * size + (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        const to = ((top + y) * pictureWidth + left + x) * channels;
        for (let channel = 0; channel < channels; channel += 1) {
          const value = pixels[from + channel] as number;
          picture[to + channel] = Math.round(255 * Math.min(1, Math.max(0, value)));
        }
      }
    }
  }
  return encode({ width: pictureWidth, height: pictureHeight, data: picture, channels, depth: 8 });
}
