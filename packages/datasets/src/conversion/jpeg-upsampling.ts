/** Samples of one component, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly samples: Uint8Array;
}

/**
 * Enlarges a plane by whole factors and cuts it to `width` x `height`. The bytes are those of libjpeg, which Pillow and sharp use: a
 * doubled side interpolates, 3/4 of the nearest sample and 1/4 of the next ("fancy upsampling"); other factors repeat samples.
 */
export function upsample(plane: Plane, across: number, down: number, width: number, height: number): Uint8Array {
  // libjpeg doesn't interpolate planes of one or two columns.
  if (across === 2 && down === 1 && plane.width > 2) return widen(plane, width, height);
  if (across === 2 && down === 2 && plane.width > 2) return enlarge(plane, width, height);
  if (across === 1 && down === 2) return heighten(plane, width, height);
  const result = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.floor(y / down) * plane.width;
    for (let x = 0; x < width; x++) result[to++] = plane.samples[row + Math.floor(x / across)] as number;
  }
  return result;
}

/** Doubles the columns. */
function widen({ width: columns, samples }: Plane, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * columns;
    for (let x = 0; x < width; x++) {
      const near = samples[row + (x >> 1)] as number;
      const next = samples[row + neighbor(x, columns)] as number;
      result[to++] = (3 * near + next + 1 + (x & 1)) >> 2;
    }
  }
  return result;
}

/** Doubles the rows. */
function heighten({ width: columns, height: rows, samples }: Plane, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const [near, next] = [(y >> 1) * columns, neighbor(y, rows) * columns];
    for (let x = 0; x < width; x++) {
      result[to++] = (3 * (samples[near + x] as number) + (samples[next + x] as number) + 1 + (y & 1)) >> 2;
    }
  }
  return result;
}

/** Doubles rows and columns, and rounds once. */
function enlarge({ width: columns, height: rows, samples }: Plane, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height);
  const sums = new Uint16Array(columns);
  for (let y = 0, to = 0; y < height; y++) {
    const [near, next] = [(y >> 1) * columns, neighbor(y, rows) * columns];
    for (let x = 0; x < columns; x++) sums[x] = 3 * (samples[near + x] as number) + (samples[next + x] as number);
    for (let x = 0; x < width; x++) {
      const sum = 3 * (sums[x >> 1] as number) + (sums[neighbor(x, columns)] as number);
      result[to++] = (sum + 8 - (x & 1)) >> 4;
    }
  }
  return result;
}

/** The second nearest of `count` samples to position `at` of the doubled side; at the ends the nearest itself. */
function neighbor(at: number, count: number): number {
  const next = (at >> 1) + ((at & 1) === 0 ? -1 : 1);
  return Math.min(Math.max(next, 0), count - 1);
}
