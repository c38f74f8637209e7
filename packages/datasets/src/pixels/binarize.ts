import type { UniformBelow255 } from "./uniform-below-255.js";

/**
 * How pixels 0 ... 255 become the numbers that a model sees:
 *
 * | value | pixel v becomes |
 * | --- | --- |
 * | `"dynamic"` | 1 with probability v / 255, else 0, drawn each time the pixel is seen |
 * | `"static"` | the same, drawn once and kept |
 * | `"threshold"` | 1 if v / 255 >= 0.5, else 0 |
 * | `false` | v / 255 |
 */
export type Binarization = "dynamic" | "static" | "threshold" | false;

const INTENSITIES = Float32Array.from({ length: 256 }, (_, pixel) => pixel / 255);
const THRESHOLDED = Float32Array.from({ length: 256 }, (_, pixel) => (pixel >= 127.5 ? 1 : 0));

/** Writes v / 255 for each pixel v, or 0 and 1 with `threshold`, to `target` from `offset` on. */
export function writePixels(pixels: Uint8Array, target: Float32Array, offset: number, threshold: boolean): void {
  const table = threshold ? THRESHOLDED : INTENSITIES;
  target.fill(0, offset, offset + pixels.length);
  let i = 0;
  for (; i + 4 <= pixels.length; i += 4) {
    const first = pixels[i] as number;
    const second = pixels[i + 1] as number;
    const third = pixels[i + 2] as number;
    const fourth = pixels[i + 3] as number;
    if ((first | second | third | fourth) === 0) continue;
    target[offset + i] = table[first] as number;
    target[offset + i + 1] = table[second] as number;
    target[offset + i + 2] = table[third] as number;
    target[offset + i + 3] = table[fourth] as number;
  }
  for (; i < pixels.length; i++) target[offset + i] = table[pixels[i] as number] as number;
}

/**
 * Writes 1 with probability v / 255 for each pixel v, else 0, to `target` from `offset` on.
 * Four pixels of 0, most of a drawing's background, draw nothing; others compare four integers without a branch, which
 * no processor could predict.
 */
export function writeBernoulli(
  pixels: Uint8Array,
  target: Float32Array,
  offset: number,
  uniform: UniformBelow255,
): void {
  const { values } = uniform;
  let { position } = uniform;
  target.fill(0, offset, offset + pixels.length);
  let i = 0;
  for (; i + 4 <= pixels.length; i += 4) {
    const first = pixels[i] as number;
    const second = pixels[i + 1] as number;
    const third = pixels[i + 2] as number;
    const fourth = pixels[i + 3] as number;
    if ((first | second | third | fourth) === 0) continue;
    if (position + 4 > uniform.length) {
      uniform.refill();
      position = 0;
    }
    // The sign of the difference: 1 where the integer lies below the pixel.
    target[offset + i] = ((values[position] as number) - first) >>> 31;
    target[offset + i + 1] = ((values[position + 1] as number) - second) >>> 31;
    target[offset + i + 2] = ((values[position + 2] as number) - third) >>> 31;
    target[offset + i + 3] = ((values[position + 3] as number) - fourth) >>> 31;
    position += 4;
  }
  for (; i < pixels.length; i++) {
    if (position === uniform.length) {
      uniform.refill();
      position = 0;
    }
    target[offset + i] = ((values[position++] as number) - (pixels[i] as number)) >>> 31;
  }
  uniform.position = position;
}
