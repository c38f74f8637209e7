import { gaussLegendre } from "../special/gauss-legendre.js";
import type { Precision } from "./corner-rule.js";

/** The means, deviations and threshold of one variable. */
export interface RowOfNormals {
  readonly loc: Float32Array;
  readonly scale: Float32Array;
  readonly threshold: number;
}

/** Points of a rule, less their centre, and their weights. */
export interface CornerNodes {
  readonly center: number;
  readonly offsets: Float64Array;
  readonly weights: Float64Array;
}

/** The rule of `cornerRule` for one variable, in float64. */
export function cornerNodes({ loc, scale, threshold }: RowOfNormals, { reach, points }: Precision): CornerNodes {
  const normals = Array.from(loc, (mean, j) => {
    const deviation = scale[j] as number;
    return { mean, deviation, from: mean - reach * deviation, to: mean + reach * deviation };
  });
  const start = Math.max(threshold, ...normals.map(({ from }) => from));
  const near = normals.filter(({ to }) => to > start);
  // Somebody's interval ends above the start, but by rounding.
  const { mean, deviation: finest } = (near[0] ? near : normals).reduce((a, b) => (b.deviation < a.deviation ? b : a));
  const commonEnd = Math.max(start, Math.min(...near.map(({ to }) => to)));
  const center = Math.min(Math.max(mean, start), commonEnd);
  const farthest = Math.max(0, ...near.map((each) => Math.abs(each.mean - center) / each.deviation));
  const end = Math.max(start + finest, ...normals.map(({ to }) => to));
  const width = Math.max(2, 0.8 * farthest) * finest;
  const low = Math.asinh((start - center) / width);
  const length = Math.asinh((end - center) / width) - low;
  const rule = gaussLegendre(points);
  const [offsets, weights] = [new Float64Array(points), new Float64Array(points)];
  for (let point = 0; point < points; point++) {
    const up = Math.exp(low + length * (rule.nodes[point] as number));
    offsets[point] = 0.5 * width * (up - 1 / up);
    weights[point] = 0.5 * width * (up + 1 / up) * length * (rule.weights[point] as number);
  }
  return { center, offsets, weights };
}
