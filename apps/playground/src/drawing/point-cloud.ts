import { CATEGORY_COLORS } from "./colors.js";

/** Colours as 32-bit words of image data: alpha, blue, green, red. */
const WORDS = Uint32Array.from(CATEGORY_COLORS, (color) => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return (0xb4 << 24) | (blue << 16) | (green << 8) | red;
});

/** Points of a picture, in the unit square, with y downwards. */
export interface Points {
  /** Two numbers for each point; points outside of the square are omitted. */
  readonly positions: Float32Array;
  /** The category whose colour a point has. */
  readonly categories: Uint8Array;
}

/** The image of each canvas, which is drawn anew at each frame. */
const images = new WeakMap<HTMLCanvasElement, ImageData>();

/** Draws thousands of points into a canvas by writing its pixels: a path or rectangle per point takes ten times as long. */
export function drawPoints(canvas: HTMLCanvasElement, { positions, categories }: Points): void {
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0) return;
  const { width, height } = canvas;
  let image = images.get(canvas);
  if (image?.width !== width || image.height !== height) {
    image = context.createImageData(width, height);
    images.set(canvas, image);
  }
  const pixels = new Uint32Array(image.data.buffer);
  pixels.fill(0);
  const side = Math.max(2, Math.round(width / 180));
  for (let index = 0; index < categories.length; index++) {
    const left = Math.round(positions[2 * index]! * width - side / 2);
    const top = Math.round(positions[2 * index + 1]! * height - side / 2);
    if (!(left >= 0 && top >= 0 && left + side <= width && top + side <= height)) continue;
    const word = WORDS[categories[index]!]!;
    for (let start = top * width + left, row = 0; row < side; row++, start += width) {
      for (let at = start; at < start + side; at++) pixels[at] = word;
    }
  }
  context.putImageData(image, 0, 0);
}

/** The largest of the three coordinates of each sample. */
export function largestOf(samples: Float32Array): Uint8Array {
  const categories = new Uint8Array(samples.length / 3);
  for (let index = 0, at = 0; index < categories.length; index++, at += 3) {
    const [a, b, c] = [samples[at]!, samples[at + 1]!, samples[at + 2]!];
    categories[index] = a >= b && a >= c ? 0 : b >= c ? 1 : 2;
  }
  return categories;
}
