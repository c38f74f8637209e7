import { Normal, type Rng } from "@igr/core";
import { checkInteger, checkRng, describeValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { JointVAE } from "../joint-vae/joint-vae.js";
import { checkNamedOptions } from "../options/check-named-options.js";

/** Options of {@link latentTraversal}. */
export interface LatentTraversalOptions {
  /**
   * The image to start from, `[1, ...image]`: its posterior means and one draw of its categories are the fixed values
   * of each row.
   */
  readonly from: tf.Tensor;
  /** Draws the categorical variables of `from`; the stream advances. */
  readonly rng: Rng;
  /** Images in a row, 10 by default. A row shows at most this many categories. */
  readonly columns?: number;
}

/** A grid of images, and the variable of each row. */
export interface LatentTraversal {
  /** Mean images, row by row: `[rows * columns, ...imageShape]`; the caller disposes them. */
  readonly images: tf.Tensor;
  /** Images in a row. */
  readonly columns: number;
  /** The variable that changes in each row: `continuous 0`, ..., `discrete 0`. */
  readonly rows: readonly string[];
}

/**
 * Mean images while one latent variable changes and all others are fixed, with a row for each variable. A continuous
 * variable moves through the quantiles of its standard normal prior from 5 to 95 % (Dupont 2018), a categorical one
 * through its vertices. A row with more columns than categories starts again at the first category.
 * @throws RangeError unless `columns` is an integer >= 2 and `from` is one image.
 */
export function latentTraversal(model: JointVAE, options: LatentTraversalOptions): LatentTraversal {
  checkNamedOptions("latentTraversal", options, { from: "checked", rng: "checked", columns: "optional" });
  const { from, rng, columns = 10 } = options;
  if (!(from instanceof tf.Tensor)) {
    throw new TypeError(
      `latentTraversal: from must be a tensor of one image, [1, ...image], got ${describeValue(from)}`,
    );
  }
  checkRng("latentTraversal", rng, "normal");
  checkInteger("latentTraversal", "columns", columns, 2);
  if (from.shape[0] !== 1) {
    throw new RangeError(`latentTraversal: from must be one image, [1, ...image], got shape [${from.shape}]`);
  }
  const rows: string[] = [];
  const images = tf.tidy(() => {
    const posterior = model.encode(from);
    const means = model.continuous.map((part, i) => {
      const { loc } = posterior.continuous[i]!;
      return tf.tile(tf.reshape(loc ?? part.sample(posterior.continuous[i]!, rng).z, [1, part.variables]), [
        columns,
        1,
      ]);
    });
    const vertices = model.discrete.map((part, i) => {
      const { z } = part.sample(posterior.discrete[i]!, rng);
      return tf.tile(tf.cast(tf.oneHot(tf.argMax(z, 2), part.categories), "float32"), [columns, 1, 1]);
    });
    const share = tf.linspace(0.05, 0.95, columns);
    const quantiles = tf.reshape(new Normal({ loc: 0, scale: 1 }).quantile(share), [columns, 1]);
    const decoded: tf.Tensor[] = [];
    for (const [i, { variables }] of model.continuous.entries()) {
      for (let d = 0; d < variables; d++) {
        const moves = tf.tensor1d(unitVector(variables, d));
        const moved = tf.add(tf.mul(means[i]!, tf.sub(1, moves)), tf.mul(quantiles, moves));
        decoded.push(model.decode(replaced(means, i, moved), vertices));
        rows.push(`continuous ${rows.length}`);
      }
    }
    const continuousRows = rows.length;
    for (const [i, { variables, categories }] of model.discrete.entries()) {
      for (let n = 0; n < variables; n++) {
        const chosen = Array.from({ length: columns }, (_, column) => column % categories);
        const each = tf.reshape(tf.cast(tf.oneHot(tf.tensor1d(chosen, "int32"), categories), "float32"), [
          columns,
          1,
          -1,
        ]);
        const moves = tf.tensor3d(unitVector(variables, n), [1, variables, 1]);
        const moved = tf.add(tf.mul(vertices[i]!, tf.sub(1, moves)), tf.mul(each, moves));
        decoded.push(model.decode(means, replaced(vertices, i, moved)));
        rows.push(`discrete ${rows.length - continuousRows}`);
      }
    }
    return tf.concat(decoded, 0);
  });
  return { images, columns, rows };
}

function replaced<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((each, i) => (i === index ? value : each));
}

/** A one-hot vector; unlike tf.oneHot, also of size 1. */
function unitVector(size: number, index: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(i === index));
}
