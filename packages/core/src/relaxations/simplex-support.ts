import { toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Rejects logarithms that are not those of points of the open simplex, with categories on the last axis. Reads data, so
 * it is only for `validate: 'values'`.
 *
 * @param isExcluded 1 for coordinates that must be 0; broadcasts against the point. None by default.
 */
export function checkSimplexLogs(owner: string, logValue: tf.Tensor, isExcluded: tf.Tensor = tf.scalar(0)): void {
  const categories = logValue.shape.at(-1) as number;
  const [logs, mask] = toOneShape(logValue, isExcluded) as [tf.Tensor, tf.Tensor];
  const [data, excluded] = [logs.dataSync(), mask.dataSync()];
  for (let start = 0; start < data.length; start += categories) {
    let total = 0;
    for (let index = start; index < start + categories; index++) {
      const value = data[index] as number;
      if (excluded[index] === 1) {
        if (value !== Number.NEGATIVE_INFINITY) {
          throw new RangeError(
            `${owner}: a coordinate of probability 0 must be 0, got ${Math.exp(value)} at index ${index}`,
          );
        }
        continue;
      }
      if (!Number.isFinite(value)) {
        const reason = value === Number.NEGATIVE_INFINITY ? " (a one-hot has no density; see discrete())" : "";
        throw new RangeError(
          `${owner}: every coordinate must be > 0${reason}, got ${Math.exp(value)} at index ${index}`,
        );
      }
      total += Math.exp(value);
    }
    // Each coordinate carries a few roundings of float32.
    if (Math.abs(total - 1) > 4 * (categories + 1) * 2 ** -22) {
      throw new RangeError(`${owner}: the coordinates must sum to 1 on the last axis, got ${total}`);
    }
  }
}
