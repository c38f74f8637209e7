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
  const intervals = (pivot: number) => {
    const normals = Array.from(loc, (mean, j) => {
      const [distance, deviation] = [mean - pivot, scale[j] as number];
      return { mean, distance, deviation, from: distance - reach * deviation, to: distance + reach * deviation };
    });
    return { normals, start: Math.max(threshold - pivot, ...normals.map(({ from }) => from)) };
  };
  const highest = intervals(0).normals.reduce((a, b) => (b.from > a.from ? b : a)).mean;
  const around = intervals(highest);
  const isNear = around.normals.map(({ to }) => to > around.start);
  const near = around.normals.filter((_, j) => isNear[j]);
  const { mean: center, deviation: finest } = (near[0] ? near : around.normals).reduce((a, b) =>
    b.deviation < a.deviation ? b : a,
  );
  const { normals, start } = intervals(center);
  const nearest = normals.filter((_, j) => isNear[j]);
  const corner = Math.min(Math.max(0, start), Math.max(start, Math.min(...nearest.map(({ to }) => to))));
  const farthest = Math.max(0, ...nearest.map(({ distance, deviation }) => Math.abs(distance - corner) / deviation));
  const end = Math.max(start + finest, ...normals.map(({ to }) => to));
  const width = Math.max(2, 0.8 * farthest) * finest;
  const low = Math.asinh((start - corner) / width);
  const length = Math.max(Math.asinh((end - corner) / width) - low, 1e-3);
  const rule = gaussLegendre(points);
  const [offsets, weights] = [new Float64Array(points), new Float64Array(points)];
  for (let point = 0; point < points; point++) {
    const up = Math.exp(low + length * (rule.nodes[point] as number));
    offsets[point] = corner + 0.5 * width * (up - 1 / up);
    weights[point] = 0.5 * width * (up + 1 / up) * length * (rule.weights[point] as number);
  }
  return { center, offsets, weights };
}
