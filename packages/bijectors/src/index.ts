export { Affine, type AffineOptions } from "./affine.js";
export {
  Bijector,
  type BijectorOptions,
  type BijectorParameters,
  type Validation,
  type ValueAndLogDet,
} from "./bijector.js";
export { Block } from "./block.js";
export { Chain } from "./chain.js";
export { Exp } from "./exp.js";
export { Invert } from "./invert.js";
export { OpenSimplex } from "./open-simplex.js";
export { type Domain, finite, nonZero, Parameter, type ParameterValue, positive } from "./parameter.js";
export { Permute, type PermuteOptions } from "./permute.js";
export { Planar, type PlanarOptions } from "./planar.js";
export { Radial, type RadialOptions } from "./radial.js";
export { Sigmoid } from "./sigmoid.js";
export { isSimplexBijector, SimplexBijector } from "./simplex-bijector.js";
export { SoftmaxPlusPlus, type SoftmaxPlusPlusOptions } from "./softmax-plus-plus.js";
export { Softplus } from "./softplus.js";
export { StickBreaking } from "./stick-breaking.js";
export { type StickBreakingSoftmaxOptions, stickBreakingSoftmax } from "./stick-breaking-softmax.js";
export { VertexInterpolation, type VertexInterpolationOptions } from "./vertex-interpolation.js";
