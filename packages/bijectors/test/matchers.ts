import * as tf from "@tensorflow/tfjs-core";

export interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

type Numbers = tf.Tensor | ArrayLike<number> | number;

function flatten(numbers: Numbers): { values: ArrayLike<number>; shape: string | undefined } {
  if (typeof numbers === "number") return { values: [numbers], shape: undefined };
  if (numbers instanceof tf.Tensor) return { values: numbers.dataSync(), shape: numbers.shape.join(",") };
  return { values: numbers, shape: undefined };
}

/** Equal infinities are close; NaN is close to nothing; a tensor is close to a tensor of the same shape only. */
export function toBeAllClose(received: Numbers, expected: Numbers, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}) {
  const actual = flatten(received);
  const wanted = flatten(expected);
  if (actual.values.length !== wanted.values.length) {
    return {
      pass: false,
      message: () => `expected ${wanted.values.length} values, got ${actual.values.length}`,
    };
  }
  if (actual.shape !== undefined && wanted.shape !== undefined && actual.shape !== wanted.shape) {
    return { pass: false, message: () => `expected shape [${wanted.shape}], got [${actual.shape}]` };
  }
  let worst = { index: -1, excess: 0 };
  for (let index = 0; index < actual.values.length; index++) {
    const [a, b] = [actual.values[index] as number, wanted.values[index] as number];
    const allowed = atol + rtol * Math.abs(b);
    const excess = a === b ? 0 : Math.abs(a - b) / allowed;
    if (Number.isNaN(excess) || (excess > 1 && excess > worst.excess)) {
      worst = { index, excess };
      if (Number.isNaN(excess)) break;
    }
  }
  const pass = worst.index < 0;
  const at = Math.max(0, worst.index);
  return {
    pass,
    message: () =>
      pass
        ? "expected values to differ beyond the tolerance, but all were close"
        : `worst at index ${at}: got ${actual.values[at]}, expected ${wanted.values[at]} (rtol ${rtol}, atol ${atol}, ${worst.excess.toPrecision(3)} times the allowed difference)`,
  };
}
