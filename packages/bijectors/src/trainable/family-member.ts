import type * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { FlowFamily } from "./flow-family.js";

/** A flow of a family. It delegates to `flow()`, which is called at each use. */
export abstract class FamilyMember extends Bijector {
  readonly eventRank = 1;
  /** The family that it belongs to. */
  readonly family: FlowFamily;
  readonly #batch: readonly number[];

  protected constructor(family: FlowFamily, batchShape: readonly number[]) {
    super();
    this.family = family;
    this.#batch = [...batchShape];
  }

  override get batchShape(): readonly number[] {
    return this.#batch;
  }

  /** Makes the map. Runs inside `tf.tidy`. */
  protected abstract flow(): Bijector;

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this.flow().forward(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return this.flow().inverse(y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.flow().forwardLogDetJacobian(x);
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.flow().forwardAndLogDet(x);
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.flow().inverseAndLogDet(y);
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const { size } = this.family;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as the ${this.family.name}`;
  }
}
