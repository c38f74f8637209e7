import { broadcastShapes, Parameter, type ParameterValue, positive } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import type { LogTails } from "../special/incomplete-gamma.js";
import { checkRange } from "./edge-of-support.js";

/** Parameters of {@link Beta} and {@link Kumaraswamy}; the names are those of torch and TensorFlow Probability. */
export interface ConcentrationPairOptions extends DistributionOptions {
  /** a > 0, which determines the density near 0, `x^(a - 1)`; broadcasts against `concentration0`. */
  readonly concentration1: ParameterValue;
  /** b > 0, which determines the density near 1, `(1 - x)^(b - 1)`. */
  readonly concentration0: ParameterValue;
}

/**
 * The common part of {@link Beta} and {@link Kumaraswamy}: a distribution on (0, 1) with two concentrations. Event
 * shape `[]`; batch: the parameters' broadcast shape.
 */
export abstract class ConcentrationPair extends Distribution {
  readonly isReparameterized = true;
  readonly #parameter1: Parameter;
  readonly #parameter0: Parameter;

  /** @throws RangeError if a number is not > 0, or the shapes do not broadcast. */
  protected constructor(
    name: string,
    { concentration1, concentration0, validate = "shapes" }: ConcentrationPairOptions,
  ) {
    const parameter1 = new Parameter(name, "concentration1", concentration1, positive, validate);
    const parameter0 = new Parameter(name, "concentration0", concentration0, positive, validate);
    const batchShape = broadcastShapes(name, {
      concentration1: parameter1.shape,
      concentration0: parameter0.shape,
    });
    super(name, { batchShape, eventShape: [] }, { validate });
    this.#parameter1 = parameter1;
    this.#parameter0 = parameter0;
  }

  /** a, which determines the density near 0: the given tensor, or a new one. */
  get concentration1(): tf.Tensor {
    return this.#parameter1.tensor;
  }

  /** b, which determines the density near 1: the given tensor, or a new one. */
  get concentration0(): tf.Tensor {
    return this.#parameter0.tensor;
  }

  override get support(): Support {
    return supports.unitInterval;
  }

  /** log P(X <= x) and log P(X > x). */
  protected abstract _logTails(x: tf.Tensor): LogTails;

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this._logTails(x).logLower;
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this._logTails(x).logUpper;
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, 1);
  }
}
