import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";

/**
 * Random programs of tensors, which bring graph passes into unforeseen combinations. A program is a list of steps; each
 * step makes a tensor from previous ones. Values stay of order one, and kinks of functions are away from points where
 * rounding decides the side.
 */

/** A step: the operation, its operands among the previous tensors, and a number that determines axes, sizes etc. */
export interface ProgramStep {
  readonly operation: string;
  readonly first: number;
  readonly second: number;
  readonly choice: number;
}

type Operation = (a: tf.Tensor, b: tf.Tensor, choice: number) => tf.Tensor | undefined;

const MAX_SIZE = 400;
const MAX_RANK = 4;

/** A float that depends on the choice, in [-1, 1]. */
const number = (choice: number) => ((choice * 37) % 101) / 50 - 1;
const axisOf = (a: tf.Tensor, choice: number) => (a.rank === 0 ? undefined : choice % a.rank);

function broadcastable(a: tf.Tensor, b: tf.Tensor): boolean {
  try {
    return tf.util.sizeFromShape(tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape)) <= MAX_SIZE;
  } catch {
    return false;
  }
}

const binary =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation =>
  (a, b) =>
    broadcastable(a, b) ? f(a, b) : undefined;

/** An operation along one axis. */
const along =
  (f: (a: tf.Tensor, axis: number, choice: number) => tf.Tensor): Operation =>
  (a, _, choice) => {
    const axis = axisOf(a, choice);
    return axis === undefined ? undefined : f(a, axis, choice);
  };

const reduce = (f: (a: tf.Tensor, axis: number, keepDims: boolean) => tf.Tensor): Operation =>
  along((a, axis, choice) => f(a, axis, choice % 3 === 0));

const operations: Readonly<Record<string, Operation>> = {
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary((a, b) => tf.mul(tf.tanh(a), b)),
  div: binary((a, b) => tf.div(a, tf.add(1.5, tf.sin(b)))),
  // Its gradient in tfjs does not sum over broadcast axes.
  squaredDifference: (a) => tf.squaredDifference(tf.sin(a), tf.tanh(a)),
  atan2: binary((a, b) => tf.atan2(a, tf.add(2, tf.sin(b)))),
  pow: (a, _, choice) => tf.pow(tf.add(1.5, tf.sin(a)), 1 + (choice % 3)),
  addNumber: (a, _, choice) => tf.add(a, number(choice)),
  mulNumber: (a, _, choice) => tf.mul(a, number(choice)),
  divideByNumber: (a, _, choice) => tf.div(a, 1 + (choice % 3)),
  zero: (a) => tf.add(a, tf.zerosLike(a)),
  one: (a) => tf.mul(tf.onesLike(a), a),
  neg: (a) => tf.neg(a),
  difference: (a) => tf.sub(a, tf.mul(0.5, a)),
  tanh: (a) => tf.tanh(a),
  sigmoid: (a) => tf.sigmoid(a),
  softplus: (a) => tf.softplus(a),
  sin: (a) => tf.sin(a),
  expOfTanh: (a) => tf.exp(tf.tanh(a)),
  log1p: (a) => tf.log1p(tf.square(tf.sin(a))),
  sqrt: (a) => tf.sqrt(tf.add(1, tf.square(tf.tanh(a)))),
  rsqrt: (a) => tf.rsqrt(tf.add(1, tf.square(tf.tanh(a)))),
  reciprocal: (a) => tf.reciprocal(tf.add(2, tf.sin(a))),
  elu: (a) => tf.elu(a),
  relu: (a) => tf.relu(tf.add(tf.sin(a), 1.1)),
  deadRelu: (a) => tf.relu(tf.sub(tf.sin(a), 1.1)),
  clip: (a) => tf.clipByValue(tf.sin(a), -1.1, 1.1),
  where: (a) => tf.where(mask(a), a, tf.tanh(a)),
  sum: reduce((a, axis, keepDims) => tf.div(tf.sum(a, axis, keepDims), a.shape[axis]!)),
  mean: reduce((a, axis, keepDims) => tf.mean(a, axis, keepDims)),
  logSumExp: reduce((a, axis, keepDims) => tf.logSumExp(a, axis, keepDims)),
  sumOfAll: (a) => tf.tanh(tf.sum(a)),
  softmax: (a) => (a.rank > 0 ? tf.softmax(a) : undefined),
  logSoftmax: (a) => (a.rank > 0 ? tf.logSoftmax(a) : undefined),
  // Its gradient in tfjs has the wrong shape for any axis but the last.
  cumsum: (a, _, choice) =>
    a.rank > 0 ? tf.tanh(tf.cumsum(a, a.rank - 1, choice % 2 === 0, choice % 3 === 0)) : undefined,
  matMul: (a, b, choice) => {
    if (a.rank !== 2 || b.rank !== 2) return undefined;
    const [transposeA, transposeB] = [choice % 2 === 1, (choice >> 1) % 2 === 1];
    const inner = a.shape[transposeA ? 0 : 1]!;
    if (inner !== b.shape[transposeB ? 1 : 0]) return undefined;
    return tf.div(tf.matMul(a, b, transposeA, transposeB), inner);
  },
  layer: (a, b, choice) => {
    if (a.rank !== 2) return undefined;
    const weights = constant([a.shape[1]!, 1 + (choice % 5)], choice);
    return tf.relu(tf.add(tf.add(tf.matMul(a, weights), 4 * a.shape[1]!), tf.mean(tf.tanh(b))));
  },
  transpose: (a, _, choice) => {
    const axes = a.shape.map((_, i) => (i + choice) % Math.max(1, a.rank));
    return a.rank > 1 ? tf.transpose(a, choice % 4 === 0 ? undefined : axes) : undefined;
  },
  flatten: (a) => tf.reshape(a, [a.size]),
  reshape: (a, _, choice) => {
    const columns = [1, 2, 3, 4, 6].filter((n) => a.size % n === 0);
    return tf.reshape(a, [-1, columns[choice % columns.length]!]);
  },
  expandDims: (a, _, choice) => (a.rank < MAX_RANK ? tf.expandDims(a, choice % (a.rank + 1)) : undefined),
  squeeze: (a) => (a.shape.includes(1) ? tf.squeeze(a) : undefined),
  concat: (a, b, choice) => {
    const axis = axisOf(a, choice);
    if (axis === undefined || a.rank !== b.rank) return undefined;
    const fits = a.shape.every((size, i) => i === axis || size === b.shape[i]);
    return fits && a.size + b.size <= MAX_SIZE ? tf.concat([a, b], axis) : undefined;
  },
  stack: (a, _, choice) => (a.rank < MAX_RANK ? tf.stack([a, tf.sin(a)], choice % (a.rank + 1)) : undefined),
  part: along((a, axis) => tf.split(a, [1, a.shape[axis]! - 1], axis)[0]!),
  slice: along((a, axis, choice) => {
    const begin = a.shape.map((size, i) => (i === axis ? choice % size : 0));
    return tf.slice(a, begin);
  }),
  pad: along((a, axis, choice) => {
    const paddings = a.shape.map((_, i): [number, number] => (i === axis ? [1, choice % 2] : [0, 0]));
    return tf.pad(a, paddings, number(choice));
  }),
  tile: along((a, axis) =>
    tf.tile(
      a,
      a.shape.map((_, i) => (i === axis ? 2 : 1)),
    ),
  ),
  reverse: along((a, axis) => tf.reverse(a, axis)),
  gather: along((a, axis, choice) => {
    const size = a.shape[axis]!;
    return tf.gather(a, tf.tensor1d([choice % size, 0, size - 1], "int32"), axis);
  }),
};

/** Every third element. */
const mask = (a: tf.Tensor) => {
  const values = Uint8Array.from({ length: a.size }, (_, i) => Number(i % 3 === 0));
  return tf.tensor(values, a.shape, "bool");
};

const constant = (shape: number[], choice: number) => {
  const size = tf.util.sizeFromShape(shape);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(1 + choice + 1.3 * i));
  return tf.tensor(values, shape);
};

/** Programs of 1 to `maxSteps` steps. */
export function programs(maxSteps: number): fc.Arbitrary<ProgramStep[]> {
  const natural = fc.nat({ max: 1000 });
  const step = fc.record({
    operation: fc.constantFrom(...Object.keys(operations)),
    first: natural,
    second: natural,
    choice: natural,
  });
  return fc.array(step, { minLength: 1, maxLength: maxSteps });
}

/**
 * Runs a program and returns all its tensors. Steps that do not fit the shapes, or would make large tensors, are
 * skipped.
 */
export function runProgram(steps: readonly ProgramStep[], inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const tensors = [...inputs];
  for (const { operation, first, second, choice } of steps) {
    // Prefers the latest tensors, for longer chains.
    const pick = (n: number) => tensors[Math.max(0, tensors.length - 1 - (n % 2 === 0 ? n % 3 : n % tensors.length))]!;
    const made = operations[operation]!(pick(first), pick(second), choice);
    if (made && made.size <= MAX_SIZE && made.size > 0 && made.rank <= MAX_RANK) tensors.push(made);
  }
  return tensors.slice(inputs.length);
}
