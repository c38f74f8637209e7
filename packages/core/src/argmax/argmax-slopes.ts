import { SoftmaxPlusPlus } from "@igr/bijectors";
import { requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { logHazard } from "../special/log-normal-cdf-bounded.js";
import { argmaxLogProbs, type Relaxed, thresholdOf } from "./argmax-probs.js";
import { forLogs, logProbsOfLargest, type NormalsAndThreshold, onRule } from "./largest-of-normals.js";

/** Logarithms of probabilities and their derivatives, of one variable, in float64. */
export interface LogProbsAndSlopes {
  /** log P of the K categories. */
  readonly logProbs: Float64Array;
  /** d log P_k / d loc_j, row by row, `[K, D]`. */
  readonly slopes: Float64Array;
}

/**
 * {@link argmaxLogProbs} of one variable, `loc` of shape `[D]`, with all derivatives, for Newton's method. Reads
 * values; call it inside `tf.tidy`.
 */
export function argmaxLogProbsAndSlopes(relaxed: Relaxed): LogProbsAndSlopes {
  const { bijector, loc, scale } = relaxed;
  if (bijector instanceof SoftmaxPlusPlus && loc.size > 1) {
    return ofNormals({ loc, scale, threshold: thresholdOf(bijector, []) });
  }
  return byGradients(relaxed);
}

/** One row for each backward pass. */
function byGradients({ bijector, loc, scale }: Relaxed): LogProbsAndSlopes {
  requireGradients("fitPrior");
  const logProbsOf = (loc: tf.Tensor) => argmaxLogProbs("fitPrior", { bijector, loc, scale }, {});
  const pullBack = tf.grad(logProbsOf);
  const rows = Array.from({ length: loc.size + 1 }, (_, k) => {
    const row = new Float32Array(loc.size + 1);
    row[k] = 1;
    return pullBack(loc, tf.tensor1d(row)).dataSync();
  });
  return {
    logProbs: Float64Array.from(logProbsOf(loc).dataSync()),
    slopes: Float64Array.from(rows.flatMap((row) => [...row])),
  };
}

/**
 * Computed in one pass over the points: `d P_k / d loc_j = -integral of h_k h_j F` for j != k, with the hazards h = phi
 * / Phi.
 */
function ofNormals(normals: NormalsAndThreshold): LogProbsAndSlopes {
  const { loc, scale, threshold } = normals;
  const { logCdf, logDensity, weights } = onRule(normals, forLogs);
  const terms = tf.add(tf.add(tf.log(weights), tf.sum(logCdf, -2, true)), logDensity).dataSync();
  const hazards = tf.exp(logDensity).dataSync();
  const logProbs = Float64Array.from(logProbsOfLargest(normals).dataSync());
  const standardized = tf.div(tf.sub(threshold, loc), scale);
  const atThreshold = tf.div(tf.exp(logHazard(standardized, logNormalCdf(standardized))), scale).dataSync();
  const { points } = forLogs;
  const size = loc.size;
  const slopes = new Float64Array((size + 1) * size);
  for (let k = 0; k < size; k++) {
    const shares = Float64Array.from(terms.subarray(k * points, (k + 1) * points), (term) =>
      Math.exp(term - (logProbs[k] as number)),
    );
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let point = 0; j !== k && point < points; point++) {
        sum -= (shares[point] as number) * (hazards[j * points + point] as number);
      }
      slopes[k * size + j] = sum;
    }
  }
  slopes.set(
    atThreshold.map((hazard) => -hazard),
    size * size,
  );
  // Probabilities sum to 1: as loc_j rises, category j gains what the other categories and the threshold lose.
  for (let j = 0; j < size; j++) {
    let gain = 0;
    for (let k = 0; k <= size; k++) {
      const ratio = Math.exp((logProbs[k] as number) - (logProbs[j] as number));
      gain -= k === j ? 0 : (slopes[k * size + j] as number) * ratio;
    }
    slopes[j * size + j] = gain;
  }
  return { logProbs, slopes };
}
