import {
  type Bijector,
  Chain,
  Sigmoid,
  SoftmaxPlusPlus,
  StickBreaking,
  stickBreakingSoftmax,
  VertexInterpolation,
} from "@igr/bijectors";
import { Parameter, type ParameterValue, positive, unitInterval, unknownChoice, type Validation } from "@igr/tensors";

/** The transforms of the paper by name; see {@link IGROptions}. */
export type IGRTransformName = "softmax++" | "stick-breaking" | "interpolation";

export interface IGRTransformOptions {
  readonly transform?: IGRTransformName | Bijector;
  readonly temperature?: ParameterValue;
  readonly delta?: ParameterValue;
}

/**
 * The map g of eq 17 for `dimension` Gaussian coordinates. A bijector that keeps the number of coordinates is a flow,
 * and softmax++ follows it; one that adds a coordinate maps onto the simplex and has its own temperature.
 *
 * @throws TypeError if the transform is of another kind, or the temperature is missing or not allowed; RangeError if a
 * number is outside its domain.
 */
export function makeTransform(
  owner: string,
  { transform = "softmax++", temperature, delta }: IGRTransformOptions,
  dimension: number,
  validate: Validation = "shapes",
): Bijector {
  const isBijector = typeof transform === "object" && typeof transform?.forwardEventShape === "function";
  const size = isBijector ? transform.forwardEventShape([dimension]).at(-1) : dimension;
  if (isBijector && size === dimension + 1) {
    if (temperature !== undefined || delta !== undefined) {
      throw new TypeError(
        `${owner}: a transform that maps onto the simplex has its own parameters; leave out temperature and delta`,
      );
    }
    return transform;
  }
  if (temperature === undefined) throw new TypeError(`${owner}: temperature is missing; pass a number > 0`);
  // The bijectors check only numbers, and their errors have other names.
  new Parameter(owner, "temperature", temperature, transform === "interpolation" ? unitInterval : positive, validate);
  if (delta !== undefined) new Parameter(owner, "delta", delta, positive, validate);
  if (isBijector) {
    if (size !== dimension) {
      throw new RangeError(
        `${owner}: transform must map ${dimension} coordinates to ${dimension} (a flow) or ${dimension + 1} (the simplex), got ${size}`,
      );
    }
    return new Chain([new SoftmaxPlusPlus({ temperature, delta }), transform]);
  }
  switch (transform) {
    case "softmax++":
      return new SoftmaxPlusPlus({ temperature, delta });
    case "stick-breaking":
      return stickBreakingSoftmax({ temperature, delta });
    case "interpolation":
      return new Chain([new VertexInterpolation({ temperature }), new StickBreaking(), new Sigmoid()]);
    default:
      throw unknownChoice(
        owner,
        "transform",
        transform,
        "'softmax++', 'stick-breaking', 'interpolation' or a Bijector",
      );
  }
}
