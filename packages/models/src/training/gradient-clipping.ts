import { checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";

/**
 * How gradients are clipped. `value`: each number is clipped to +-value. `globalNorm`: all gradients are scaled by
 * globalNorm / max(norm, globalNorm), with the Euclidean norm over all trained variables (Pascanu, Mikolov and Bengio
 * 2013; TensorFlow's clip_by_global_norm). Above a norm of 1.8e19, whose square overflows float32, they become 0. If
 * both are given, values are clipped first.
 */
export interface GradientClipping {
  /** > 0; no limit by default. */
  readonly value?: number;
  /** > 0; no limit by default. */
  readonly globalNorm?: number;
}

/** @throws TypeError unless at least one limit is given; RangeError unless each is a finite number > 0. */
export function checkClipping(clipping: GradientClipping): GradientClipping {
  checkNamedOptions("fit: clipGradients", clipping, { value: "optional", globalNorm: "optional" });
  const given = (["value", "globalNorm"] as const).filter((name) => clipping[name] !== undefined);
  if (given.length === 0) {
    throw new TypeError(
      `fit: clipGradients must hold 'value' or 'globalNorm', got ${Object.keys(clipping).join(", ") || "neither"}`,
    );
  }
  for (const name of given) checkPositive("fit", `clipGradients.${name}`, clipping[name]!);
  return clipping;
}

/** The clipped gradients, in the same order: new tensors. Reads no values. */
export function clipGradients(gradients: readonly tf.Tensor[], { value, globalNorm }: GradientClipping): tf.Tensor[] {
  return tf.tidy(() => {
    const clipped =
      value === undefined
        ? gradients.map((each) => tf.clone(each))
        : gradients.map((each) => tf.clipByValue(each, -value, value));
    if (globalNorm === undefined) return clipped;
    const scale = tf.div(globalNorm, tf.maximum(globalNormOf(clipped), globalNorm));
    return clipped.map((each) => tf.mul(each, scale));
  });
}

/** Squares overflow from a norm of 1.8e19 on, so the result is then infinite. */
function globalNormOf(gradients: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(tf.addN(gradients.map((each) => tf.sum(tf.square(each)))));
}
