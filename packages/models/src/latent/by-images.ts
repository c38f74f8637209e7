import * as tf from "@tensorflow/tfjs-core";

/**
 * `f(loc, scale)` for a batch of images, `[B, N, D]` each, computed for a few images at a time and concatenated along
 * the first axis. It limits the intermediate tensors of `f`, which have `points` points for each image, to about 16 MB
 * each.
 */
export function byImages(
  { loc, scale }: { readonly loc: tf.Tensor; readonly scale: tf.Tensor },
  points: number,
  f: (loc: tf.Tensor, scale: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const [images, ...rest] = loc.shape as [number, ...number[]];
  const perImage = points * rest.reduce((product, size) => product * size, 1);
  const count = Math.max(1, Math.floor(mostNumbers / perImage));
  return tf.tidy(() => {
    const parts: tf.Tensor[] = [];
    for (let first = 0; first < images; first += count) {
      const size = [Math.min(count, images - first), ...rest];
      const rows = (x: tf.Tensor) => tf.slice(x, [first, ...rest.map(() => 0)], size);
      parts.push(tf.tidy(() => f(rows(loc), rows(scale))));
    }
    return parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 0);
  });
}

const mostNumbers = 4e6;
