import { CATEGORY_COLORS } from "./colors.js";

/** Colours as 32-bit words of image data: alpha, blue, green, red. */
const WORDS = CATEGORY_COLORS.map((color) => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return ((0xb4 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
});

/**
 * Draws thousands of points into a canvas by writing its pixels: a path or rectangle per point takes ten times as long.
 * `place` gives the position of sample i in the unit square; samples outside of it are omitted.
 */
export function drawPoints(
  canvas: HTMLCanvasElement,
  count: number,
  place: (index: number) => readonly [number, number],
  categoryOf: (index: number) => number,
): void {
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0) return;
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const side = Math.max(2, Math.round(width / 180));
  for (let index = 0; index < count; index++) {
    const [x, y] = place(index);
    const left = Math.round(x * width - side / 2);
    const top = Math.round(y * height - side / 2);
    if (!(left >= 0 && top >= 0 && left + side <= width && top + side <= height)) continue;
    const word = WORDS[categoryOf(index)] as number;
    for (let row = top; row < top + side; row++) pixels.fill(word, row * width + left, row * width + left + side);
  }
  context.putImageData(image, 0, 0);
}

/** The largest of three coordinates of a sample. */
export function largest(points: Float32Array, index: number): number {
  const [a, b, c] = [points[3 * index], points[3 * index + 1], points[3 * index + 2]] as [number, number, number];
  return a >= b && a >= c ? 0 : b >= c ? 1 : 2;
}
