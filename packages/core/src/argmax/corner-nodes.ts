import { gaussLegendre } from "../special/gauss-legendre.js";
import type { Precision } from "./corner-rule.js";

/** The means, deviations and threshold of one variable. */
export interface RowOfNormals {
  readonly loc: Float32Array;
  readonly scale: Float32Array;
  readonly threshold: number;
}

/** A mean, less a pivot, and its deviation. */
type Normal = readonly [mean: number, deviation: number];

/** Points of a rule, less their centre, and their weights. */
export interface CornerNodes {
  readonly center: number;
  readonly offsets: Float64Array;
  readonly weights: Float64Array;
}

/** The rule of `cornerRule` for one variable, in float64. */
export function cornerNodes({ loc, scale, threshold }: RowOfNormals, { reach, points }: Precision): CornerNodes {
  const end = ([mean, deviation]: Normal) => mean + reach * deviation;
  /** The largest start and the largest end of all intervals less a pivot, and the normals that matter. */
  const intervals = (pivot: number) => {
    const normals = Array.from(loc, (mean, j): Normal => [mean - pivot, scale[j] as number]);
    const start = Math.max(threshold - pivot, ...normals.map(([mean, deviation]) => mean - reach * deviation));
    const last = Math.max(...normals.map(end));
    // At least one matters: the last to end may end below the threshold.
    return [start, last, normals.filter((each) => end(each) >= Math.min(start, last))] as const;
  };
  const [center, finest] = intervals(0)[2].reduce((a, b) => (b[1] < a[1] ? b : a));
  const [start, last, near] = intervals(center);
  const corner = Math.max(start, Math.min(0, ...near.map(end)));
  const farthest = Math.max(...near.map(([mean, deviation]) => Math.abs(mean - corner) / deviation));
  const width = Math.max(2, 0.8 * farthest) * finest;
  const low = Math.asinh((start - corner) / width);
  const length = Math.max(Math.asinh((Math.max(start + finest, last) - corner) / width) - low, 1e-3);
  const rule = gaussLegendre(points);
  const [offsets, weights] = [new Float64Array(points), new Float64Array(points)];
  for (let point = 0; point < points; point++) {
    const up = Math.exp(low + length * (rule.nodes[point] as number));
    offsets[point] = corner + 0.5 * width * (up - 1 / up);
    weights[point] = 0.5 * width * (up + 1 / up) * length * (rule.weights[point] as number);
  }
  return { center, offsets, weights };
}
