import * as tf from "@tensorflow/tfjs-core";
import { normalTable, tableReach, tableRow, tableSteps } from "../special/normal-table.js";
import { cornerNodes } from "./corner-nodes.js";
import type { Precision } from "./corner-rule.js";
import type { NormalsAndThreshold } from "./largest-of-normals.js";

/**
 * The probabilities that each of D independent normals is the largest and above the threshold, `[..., D]`, or their logarithms, down to
 * -63 and -667 below: a loop in float64 over numbers that lie in JavaScript's memory. It has no gradient.
 */
export function largestOnHost(
  { loc, scale, threshold }: NormalsAndThreshold,
  precision: Precision,
  inLogs: boolean,
): tf.Tensor {
  const [locs, scales, thresholds] = [loc, scale, threshold].map((each) => each.dataSync()) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const size = loc.shape.at(-1) as number;
  const result = new Float32Array(locs.length);
  for (let start = 0; start < locs.length; start += size) {
    const row = {
      loc: locs.subarray(start, start + size),
      scale: scales.subarray(start, start + size),
      threshold: thresholds[start / size] as number,
    };
    const { center, offsets, weights } = cornerNodes(row, precision);
    // The points are distances from the centre, and so are the means.
    const integrals = integrate(
      Float64Array.from(row.loc, (mean) => mean - center),
      Float64Array.from(row.scale, (deviation) => 1 / deviation),
      offsets,
      weights,
    );
    result.set(inLogs ? integrals.map((integral) => Math.log(Math.max(integral, 1e-290))) : integrals, start);
  }
  return tf.tensor(result, loc.shape);
}

/**
 * The integrals over t of `phi_k(t) prod_{j != k} Phi_j(t)` for all k: at each point the product of all Phi_j, times phi_k / Phi_k.
 */
function integrate(
  means: Float64Array,
  inverseScales: Float64Array,
  points: Float64Array,
  weights: Float64Array,
): Float64Array {
  const table = normalTable();
  const size = means.length;
  const hazards = new Float64Array(size);
  const integrals = new Float64Array(size);
  for (let point = 0; point < points.length; point++) {
    let mass = weights[point] as number;
    for (let j = 0; j < size; j++) {
      const factor = inverseScales[j] as number;
      const x = ((points[point] as number) - (means[j] as number)) * factor;
      if (x >= tableReach) {
        // Phi is 1, and phi is 0, to 1e-28.
        hazards[j] = 0;
        continue;
      }
      const position = (x + tableReach) * tableSteps;
      // The rule has no points below the table but by rounding.
      const interval = position > 0 ? position | 0 : 0;
      const d = (position - interval) / tableSteps;
      const c = interval * tableRow;
      mass *=
        (table[c] as number) +
        d * ((table[c + 1] as number) + d * ((table[c + 2] as number) + d * (table[c + 3] as number)));
      hazards[j] =
        factor *
        ((table[c + 4] as number) +
          d * ((table[c + 5] as number) + d * ((table[c + 6] as number) + d * (table[c + 7] as number))));
    }
    for (let j = 0; j < size; j++) integrals[j] = (integrals[j] as number) + mass * (hazards[j] as number);
  }
  return integrals;
}
