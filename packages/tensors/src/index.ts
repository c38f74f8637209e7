export { broadcastTensor, toOneShape } from "./broadcast.js";
export { checkFinite, checkIndices, checkInteger, checkNumber, checkPositive } from "./check-number.js";
export { checkOneOf, describeValue, listOf, unknownChoice } from "./check-one-of.js";
export { checkOptions } from "./check-options.js";
export { checkRng } from "./check-rng.js";
export { customGradient } from "./custom-gradient.js";
export { constant, detached } from "./detached.js";
export {
  type Domain,
  finite,
  logOdds,
  logWeights,
  lowerTriangular,
  nonNegative,
  nonZero,
  nonZeroVector,
  openInterval,
  openProbability,
  positive,
  probabilities,
  probability,
  unitInterval,
  wholeNumber,
} from "./domain.js";
export { isOnHost } from "./host-moves.js";
export { concatLast, sliceLast } from "./last-axis.js";
export { checkNumeric, type FlatNumbers, flattenNumbers, toFloat32 } from "./numeric-input.js";
export { Parameter, type ParameterValue } from "./parameter.js";
export { quotient } from "./quotient.js";
export { checkRuntime, requireGradients } from "./runtime.js";
export {
  broadcastShapes,
  checkShape,
  equalShapes,
  formatShape,
  sizeOfShape,
  splitShape,
  tryBroadcastShapes,
} from "./shape.js";
export { isZero, signOf } from "./sign.js";
export { alongLast, logSoftmaxLast, softmaxLast } from "./softmax.js";
export { checkValidation, type Validation } from "./validation.js";
export { rangeError, simplexError, sumTolerance } from "./value-check.js";
export { withGradient } from "./with-gradient.js";
