export { type Domain, finite, nonZero, Parameter, type ParameterValue, positive, type Validation } from "@igr/tensors";
export {
  Bijector,
  type BijectorOptions,
  type ValueAndLogDet,
} from "./base/bijector.js";
export type { BijectorParameters, BijectorPart } from "./base/bijector-parameters.js";
export { Block } from "./combinators/block.js";
export { Chain } from "./combinators/chain.js";
export { Invert } from "./combinators/invert.js";
export { Permute, type PermuteOptions } from "./combinators/permute.js";
export { Affine, type AffineOptions } from "./elementwise/affine.js";
export { Exp } from "./elementwise/exp.js";
export { Sigmoid } from "./elementwise/sigmoid.js";
export { Softplus } from "./elementwise/softplus.js";
export { type AutoregressiveOptions, InverseAutoregressive, MaskedAutoregressive } from "./flows/autoregressive.js";
export { Coupling, type CouplingOptions, type MaskOptions } from "./flows/coupling.js";
export { Planar, type PlanarOptions } from "./flows/planar.js";
export { Radial, type RadialOptions } from "./flows/radial.js";
export {
  RationalQuadraticSpline,
  type RationalQuadraticSplineLimits,
  type RationalQuadraticSplineOptions,
} from "./flows/rational-quadratic-spline.js";
export { RealNVP, type RealNVPOptions } from "./flows/real-nvp.js";
export { Sylvester, type SylvesterOptions } from "./flows/sylvester.js";
export {
  type AffineTransformerOptions,
  affineTransformer,
  type SplineTransformerOptions,
  splineTransformer,
  type Transformer,
} from "./flows/transformer.js";
export { type AutoregressiveSizes, autoregressiveMasks } from "./networks/autoregressive-masks.js";
export { type Activation, DenseNetwork, type DenseNetworkOptions } from "./networks/dense-network.js";
export type { NetworkLayer, NetworkLike, ParametricNetwork } from "./networks/network.js";
export { OpenSimplex } from "./simplex/open-simplex.js";
export { isSimplexBijector, SimplexBijector } from "./simplex/simplex-bijector.js";
export { SoftmaxPlusPlus, type SoftmaxPlusPlusOptions } from "./simplex/softmax-plus-plus.js";
export { StickBreaking } from "./simplex/stick-breaking.js";
export { type StickBreakingSoftmaxOptions, stickBreakingSoftmax } from "./simplex/stick-breaking-softmax.js";
export { VertexInterpolation, type VertexInterpolationOptions } from "./simplex/vertex-interpolation.js";
export {
  type AutoregressiveFlowOptions,
  inverseAutoregressiveFlow,
  maskedAutoregressiveFlow,
} from "./trainable/autoregressive-flow.js";
export { type Condition, ConditionalFlow, type ConditionalFlowOptions } from "./trainable/conditional-flow.js";
export {
  type CouplingFlowOptions,
  couplingFlow,
  type RealNVPFlowOptions,
  realNVPFlow,
} from "./trainable/coupling-flow.js";
export { type FlowConfig, FlowFamily, type FlowParameters, type NormalRng } from "./trainable/flow-family.js";
export { flowFromConfig } from "./trainable/flow-from-config.js";
export type { FlowNetworkOptions } from "./trainable/network-parameters.js";
export { permutation } from "./trainable/permutation.js";
export { type FlowStackOptions, planarFlow } from "./trainable/planar-flow.js";
export { type PlanarSoftmaxOptions, planarSoftmax } from "./trainable/planar-softmax.js";
export { radialFlow } from "./trainable/radial-flow.js";
export { type SplineFlowOptions, splineFlow } from "./trainable/spline-flow.js";
export { stackFlows } from "./trainable/stacked-flow.js";
export { type SylvesterFlowOptions, sylvesterFlow } from "./trainable/sylvester-flow.js";
export { TrainableFlow, type TrainableFlowOptions } from "./trainable/trainable-flow.js";
