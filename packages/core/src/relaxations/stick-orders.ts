import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { stickLogDensity } from "../distributions/kumaraswamy-stick.js";

/**
 * A uniformly random order of K items from K uniform numbers, `[..., K] -> [..., K, K]`: a matrix whose row i marks the
 * i-th item. It counts instead of sorting, since compilers lack kernels for sorting; ties are broken by index.
 */
export function randomOrder(uniform: tf.Tensor): tf.Tensor {
  return detached((u) => {
    const size = u.shape.at(-1) as number;
    const square = (entry: (row: number, column: number) => number) =>
      tf.tensor2d(
        Array.from({ length: size ** 2 }, (_, at) => entry(Math.floor(at / size), at % size)),
        [size, size],
      );
    const [rows, columns] = [tf.expandDims(u, -1), tf.expandDims(u, -2)];
    const isLater = square((row, column) => Number(row > column));
    // Item j precedes item i if its number is smaller, or equal with j < i.
    const before = tf.add(
      tf.mul(isLater, tf.sub(1, tf.step(tf.sub(columns, rows)))),
      tf.mul(
        square((row, column) => Number(row < column)),
        tf.step(tf.sub(rows, columns)),
      ),
    );
    const place = tf.expandDims(tf.sum(before, -1), -2);
    const wanted = tf.reshape(tf.range(0, size), [size, 1]);
    return tf.sub(1, tf.step(tf.sub(tf.abs(tf.sub(place, wanted)), 0.5)));
  }, uniform);
}

/**
 * Log-density of a stick-breaking whose order is uniform over all K! orders, at `log z`, `[..., K] -> [...]`. In one
 * order the share of a stick depends on the category and on the set of those after it, so that the sum over orders runs
 * over sets: F(S) = sum_{k in S} density of z_k's share in S, times F(S without k). That needs K 2^(K-1) shares instead
 * of K! orders.
 */
export function logDensityOverOrders(logZ: tf.Tensor, concentration: tf.Tensor): tf.Tensor {
  const size = logZ.shape.at(-1) as number;
  const all = Array.from({ length: 2 ** size }, (_, set) => set);
  const membersOf = (set: number) => Array.from({ length: size }, (_, k) => k).filter((k) => (set >> k) & 1);
  const ofSize = (count: number) => all.filter((set) => membersOf(set).length === count);
  const logMass = (sets: readonly number[]) => {
    const outside = sets.map((set) => Array.from({ length: size }, (_, k) => ((set >> k) & 1 ? 0 : -1e30)));
    return tf.logSumExp(tf.add(tf.expandDims(logZ, -2), tf.tensor2d(outside)), -1);
  };
  const total = (sets: readonly number[]) =>
    times(
      concentration,
      sets.map((set) => Array.from({ length: size }, (_, k) => (set >> k) & 1)),
    );

  let sets = ofSize(1);
  let logF: tf.Tensor = tf.zerosLike(logZ);
  for (let count = 2; count <= size; count++) {
    const larger = ofSize(count);
    const pairs = larger.flatMap((set) => membersOf(set).map((k) => ({ set, k, rest: set ^ (1 << k) })));
    const marks = (index: (pair: { k: number; rest: number }) => number, length: number) =>
      pairs.map((pair) => Array.from({ length }, (_, at) => Number(at === index(pair))));
    const [own, rest] = [
      times(
        logZ,
        marks(({ k }) => k, size),
      ),
      logMass(pairs.map((pair) => pair.rest)),
    ];
    const ofK = times(
      concentration,
      marks(({ k }) => k, size),
    );
    const whole = logMass(pairs.map((pair) => pair.set));
    const share = stickLogDensity(tf.sub(own, rest), ofK, total(pairs.map((pair) => pair.rest)));
    // From the logit back to z_k: d logit / d v = 1 / (v (1 - v)), and d v / d z_k = 1 / mass of the set.
    const logSlope = tf.sub(whole, tf.add(own, rest));
    const before = times(
      logF,
      marks((pair) => sets.indexOf(pair.rest), sets.length),
    );
    const terms = tf.add(tf.add(share, logSlope), before);
    logF = tf.logSumExp(tf.reshape(terms, [...terms.shape.slice(0, -1), larger.length, count]), -1);
    sets = larger;
  }
  const logOrders = Array.from({ length: size }, (_, k) => Math.log(k + 1)).reduce((sum, each) => sum + each, 0);
  return tf.sub(tf.squeeze(logF, [-1]), logOrders);
}

/**
 * `x` times the transpose of a constant matrix; batch axes are rows. It selects and sums rows, since a gather has no
 * gradient on wasm.
 */
function times(x: tf.Tensor, matrix: readonly (readonly number[])[]): tf.Tensor {
  const batch = x.shape.slice(0, -1);
  const rows = batch.reduce((product, size) => product * size, 1);
  const flat = tf.reshape(x, [rows, x.shape.at(-1) as number]);
  return tf.reshape(tf.matMul(flat, tf.tensor2d(matrix as number[][]), false, true), [...batch, matrix.length]);
}
