type Pair = readonly [number, number];

/** Corners of the 2-simplex in the unit square, the first at the top; y grows downwards as on a screen. */
const CORNERS: readonly Pair[] = [
  [0.5, 0.06],
  [0.04, 0.857],
  [0.96, 0.857],
];

/** The position of a point of the simplex in the unit square. */
export function toPlane(z0: number, z1: number, z2: number): [number, number] {
  const [a, b, c] = CORNERS as readonly [Pair, Pair, Pair];
  return [z0 * a[0] + z1 * b[0] + z2 * c[0], z0 * a[1] + z1 * b[1] + z2 * c[1]];
}

/** The positions of samples, three coordinates each, in the unit square: two numbers each. */
export function positionsOf(samples: Float32Array): Float32Array {
  const [[ax, ay], [bx, by], [cx, cy]] = CORNERS as readonly [Pair, Pair, Pair];
  const positions = new Float32Array((samples.length / 3) * 2);
  for (let from = 0, to = 0; from < samples.length; from += 3, to += 2) {
    const [a, b, c] = [samples[from]!, samples[from + 1]!, samples[from + 2]!];
    positions[to] = a * ax + b * bx + c * cx;
    positions[to + 1] = a * ay + b * by + c * cy;
  }
  return positions;
}

/** The triangle as an SVG path over a square of this size. */
export function trianglePath(size: number): string {
  return `M${CORNERS.map(([x, y]) => `${x * size},${y * size}`).join("L")}Z`;
}

/** Corner k over a square of this size. */
export function corner(k: number, size: number): readonly [number, number] {
  const [x, y] = CORNERS[k] as readonly [number, number];
  return [x * size, y * size];
}
