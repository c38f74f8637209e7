import { equalShapes, formatShape, tryBroadcastShapes, type Validation } from "@igr/tensors";

/** The shapes of a distribution that a value must fit. */
interface DistributionShapes {
  readonly batchShape: readonly number[];
  readonly eventShape: readonly number[];
  readonly validate: Validation;
}

/**
 * The sample and batch axes of a value of this shape, broadcast against the batch; undefined if they do not broadcast and
 * `validate` is false.
 *
 * @throws RangeError if the value does not end with the event shape or does not broadcast, unless `validate` is false.
 */
export function sampleAndBatchShape(
  owner: string,
  shape: readonly number[],
  { batchShape, eventShape, validate }: DistributionShapes,
): number[] | undefined {
  const split = shape.length - eventShape.length;
  const broadcast = tryBroadcastShapes(shape.slice(0, Math.max(0, split)), batchShape);
  const hasEventShape = split >= 0 && equalShapes(shape.slice(split), eventShape);
  if (validate !== false && (!hasEventShape || !broadcast)) {
    throw new RangeError(
      `${owner}: a value must end with the event shape ${formatShape(eventShape)} and broadcast against the batch shape ${formatShape(batchShape)}, got shape ${formatShape(shape)}`,
    );
  }
  return broadcast;
}
