export {
  Bijector,
  type BijectorOptions,
  type BijectorParameters,
  type Validation,
  type ValueAndLogDet,
} from "./bijector.js";
export { Parameter, type ParameterValue } from "./parameter.js";
export { isSimplexBijector, SimplexBijector } from "./simplex-bijector.js";
export { SoftmaxPlusPlus, type SoftmaxPlusPlusOptions } from "./softmax-plus-plus.js";
