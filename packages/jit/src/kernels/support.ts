/**
 * The guarantees for each compiled tfjs kernel: the source of the table in docs/jit-kernels.md and of the tests'
 * tolerances. The compiler does not import this file, so it is not part of programs. Kernels that are not compiled are
 * in unsupported-kernels.ts.
 */

export type SupportedType = "float32" | "int32" | "bool";

export interface KernelSupport {
  /** Types of the main input. */
  readonly dtypes: readonly SupportedType[];
  /** Float results differ from the tfjs cpu backend's by at most `atol + rtol |expected|`; absent means bit for bit. */
  readonly rtol?: number;
  readonly atol?: number;
  readonly note?: string;
}

const ALL = ["float32", "int32", "bool"] as const;
const NUMBERS = ["float32", "int32"] as const;
const FLOAT = ["float32"] as const;
const BOOL = ["bool"] as const;

const exact = (dtypes: readonly SupportedType[], note?: string): KernelSupport => ({ dtypes, ...(note && { note }) });
const close = (dtypes: readonly SupportedType[], rtol: number, atol = 0, note?: string): KernelSupport => ({
  dtypes,
  rtol,
  atol,
  ...(note && { note }),
});

/** A few units in the last place of float32. */
const ULPS = 5e-7;
/** Sums of a few hundred float32 terms, which tfjs adds in float64. */
const SUM = 1e-5;

const CUT = "int32 results are cut towards zero and wrap around, those that are not finite are 0, as in tfjs";
const EXACT_PRODUCTS = "int32 wraps around, as in tfjs, whose cpu backend rounds products beyond 2^53 before";
const ROUNDED = "the size of dy tells how the forward pass rounded, which tfjs' gradient forgets";
const NO_NAN_INDEX = "with NaN in the input the result is not defined (tfjs skips NaN unless it comes first)";

export const supportedKernels: Readonly<Record<string, KernelSupport>> = {
  Abs: exact(NUMBERS, "the tfjs cpu backend rounds int32 to float32"),
  Acos: close(NUMBERS, ULPS, 1e-7, CUT),
  Acosh: close(NUMBERS, ULPS, 0, CUT),
  Add: exact(NUMBERS, "bool is refused: tfjs stores 2 for true + true"),
  AddN: close(NUMBERS, ULPS, 1e-6),
  All: exact(BOOL, "false of no elements, as on the tfjs cpu backend"),
  Any: exact(BOOL),
  ArgMax: exact(ALL, NO_NAN_INDEX),
  ArgMin: exact(ALL, NO_NAN_INDEX),
  Asin: close(NUMBERS, ULPS, 0, CUT),
  Asinh: close(NUMBERS, ULPS, 0, CUT),
  Atan: close(NUMBERS, ULPS, 0, CUT),
  Atan2: close(FLOAT, ULPS, 0, "-0 is taken as 0"),
  Atanh: close(NUMBERS, ULPS, 0, CUT),
  AvgPool: close(FLOAT, SUM, 1e-6, "windows that hold padding only are refused (tfjs: NaN)"),
  AvgPool3D: close(FLOAT, SUM, 1e-6, "windows that hold padding only are refused (tfjs: 0)"),
  AvgPool3DGrad: close(FLOAT, SUM, 1e-6, "as AvgPoolGrad"),
  AvgPoolGrad: close(
    FLOAT,
    SUM,
    1e-6,
    "the gradient of the average; tfjs divides by the whole window at padded borders too, where the forward pass divides by the part inside the image",
  ),
  BatchMatMul: close(
    NUMBERS,
    SUM,
    1e-5,
    "the tfjs cpu backend is wrong where both operands broadcast ([2,1,m,k] by [1,3,k,n])",
  ),
  BatchToSpaceND: exact(ALL),
  Bincount: close(NUMBERS, SUM, 1e-6, "negative values stop the run (tfjs throws); dtypes are those of the weights"),
  BitwiseAnd: exact(["int32"]),
  BroadcastTo: exact(ALL, "tfjs itself never calls it"),
  Cast: exact(
    ALL,
    "float32 to int32 beyond the int32 range, infinity and NaN give the lowest int32 (tfjs wraps around, or 0)",
  ),
  Ceil: exact(NUMBERS),
  ClipByValue: exact(NUMBERS),
  Concat: exact(ALL),
  Conv2D: close(
    FLOAT,
    SUM,
    1e-5,
    "with numeric padding tfjs computes the output's width from the filter's height; the same is done here",
  ),
  Conv2DBackpropFilter: close(FLOAT, SUM, 2e-5, ROUNDED),
  Conv2DBackpropInput: close(
    FLOAT,
    SUM,
    1e-5,
    `${ROUNDED}; an output shape of conv2dTranspose that does not fit is refused (the tfjs cpu backend computes something)`,
  ),
  Conv3D: close(FLOAT, SUM, 1e-5),
  Conv3DBackpropFilterV2: close(FLOAT, SUM, 2e-5),
  Conv3DBackpropInputV2: close(FLOAT, SUM, 1e-5),
  Cos: close(FLOAT, ULPS, 1e-7),
  Cosh: close(FLOAT, ULPS, 0),
  CropAndResize: close(
    NUMBERS,
    1e-5,
    1e-5,
    "positions are computed in float32 (cpu backend: float64), so one within rounding of the image's edge may fall on either side; a box of a negative image is NaN, one beyond the last image is 0, as in tfjs",
  ),
  Cumprod: close(ALL, 2e-6, 0, "products of log2(length) shifted copies"),
  Cumsum: close(
    ALL,
    SUM,
    1e-5,
    "the tfjs cpu backend returns an empty tensor for a negative axis; tfjs' gradient is transposed unless the axis is the last, the compiled one is right",
  ),
  DenseBincount: close(NUMBERS, SUM, 1e-6, "as Bincount; binaryOutput is ignored for vectors, as in tfjs"),
  DepthToSpace: exact(ALL, "NCHW too, which the tfjs cpu backend lacks"),
  DepthwiseConv2dNative: close(FLOAT, SUM, 1e-5, "channels last only, as in tfjs"),
  DepthwiseConv2dNativeBackpropFilter: close(FLOAT, SUM, 2e-5),
  DepthwiseConv2dNativeBackpropInput: close(FLOAT, SUM, 1e-5),
  Diag: exact(ALL),
  Dilation2D: close(
    FLOAT,
    ULPS,
    1e-6,
    "one strided slice per element of the filter; windows of padding only are refused",
  ),
  Dilation2DBackpropFilter: close(FLOAT, SUM, 1e-5),
  Dilation2DBackpropInput: close(FLOAT, SUM, 1e-5),
  Einsum: close(NUMBERS, SUM, 1e-5),
  Elu: close(FLOAT, ULPS, 1e-7, "absolute accuracy near 0, where tfjs' cpu backend computes in float64"),
  EluGrad: close(FLOAT, ULPS, 1e-7),
  Equal: exact(ALL),
  Erf: close(FLOAT, 1e-6, 4e-7, "the tfjs cpu backend has an absolute error of 1.5e-7 (Abramowitz and Stegun 7.1.26)"),
  Exp: close(NUMBERS, ULPS),
  ExpandDims: exact(ALL),
  Expm1: close(NUMBERS, 1e-6, 0, CUT),
  Fill: exact(ALL),
  FlipLeftRight: exact(FLOAT),
  Floor: exact(NUMBERS),
  FloorDiv: exact(
    NUMBERS,
    "the result is int32, as in tfjs; float32 quotients are rounded before the floor (cpu backend: float64), and infinite or NaN ones become the lowest int32 (tfjs: 0)",
  ),
  FusedBatchNorm: close(FLOAT, 5e-6, 5e-6),
  FusedConv2D: close(FLOAT, SUM, 1e-5, "as Conv2D"),
  FusedDepthwiseConv2D: close(FLOAT, SUM, 1e-5, "as DepthwiseConv2dNative"),
  GatherNd: exact(
    ALL,
    "indices out of range stop the run, negative ones too; tfjs looks at the position that the indices of all axes make together",
  ),
  GatherV2: exact(ALL, "as GatherNd"),
  Greater: exact(ALL),
  GreaterEqual: exact(ALL),
  Identity: exact(ALL, "no node"),
  IsFinite: exact(NUMBERS),
  IsInf: exact(NUMBERS),
  IsNan: exact(NUMBERS),
  LRN: close(FLOAT, 5e-6, 1e-7),
  LRNGrad: close(FLOAT, 1e-4, 1e-5, "tfjs adds in float32"),
  LeakyRelu: close(NUMBERS, ULPS, 0, "the result is float32, as in tfjs"),
  Less: exact(ALL),
  LessEqual: exact(ALL),
  LinSpace: exact(FLOAT, "a constant"),
  Log: close(FLOAT, ULPS, 1e-7),
  Log1p: close(NUMBERS, 1e-6, 0, CUT),
  LogSoftmax: close(FLOAT, 2e-6, 1e-6, "tf.logSoftmax itself is composed of other kernels"),
  LogicalAnd: exact(BOOL),
  LogicalNot: exact(BOOL),
  LogicalOr: exact(BOOL),
  LogicalXor: exact(BOOL, "tf.logicalXor itself is composed of other kernels"),
  Max: exact(ALL, "NaN if there is one; fastMath: only if it comes first"),
  MaxPool: exact(
    FLOAT,
    "windows that hold padding only are refused (tfjs: -Infinity); with NaN in a window the result is not defined (tfjs: what came before the NaN, or follows it)",
  ),
  MaxPool3D: exact(FLOAT, "as MaxPool"),
  MaxPool3DGrad: close(
    FLOAT,
    ULPS,
    1e-6,
    "of equal elements the first gets the gradient; the tfjs cpu backend takes the last, and the wrong one for windows whose height is not their width",
  ),
  MaxPoolGrad: close(FLOAT, ULPS, 1e-6, `of equal elements the first gets the gradient, as in tfjs; ${ROUNDED}`),
  MaxPoolWithArgmax: exact(FLOAT),
  Maximum: exact(NUMBERS),
  Mean: close(ALL, SUM, 1e-6, "int32 is added exactly (tfjs: as float32)"),
  Min: exact(ALL, "NaN if there is one; fastMath: only if it comes first"),
  Minimum: exact(NUMBERS),
  MirrorPad: exact(ALL, "tfjs' gradient leaves out what lies in the padding, the compiled one adds it"),
  Mod: close(
    NUMBERS,
    ULPS,
    0,
    "the divisor's sign; 0 for an int32 divisor 0, as tfjs stores NaN; as in tfjs, 0 where the divisor is too large for the sum of both, NaN where it is infinite and has the other sign",
  ),
  Multiply: exact(ALL, `of two bools: their conjunction; ${EXACT_PRODUCTS}`),
  Neg: exact(NUMBERS),
  NotEqual: exact(ALL),
  OneHot: exact(["int32"], "indices out of range, negative ones too, give no hot element"),
  OnesLike: exact(ALL),
  Pack: exact(ALL),
  PadV2: exact(ALL),
  Pow: close(
    NUMBERS,
    2e-6,
    0,
    "1 to the power of NaN or infinity is 1, as in C (JavaScript: NaN); int32 wraps around, as in tfjs, and powers beyond 2^53 are rounded in ways that differ; the compiled derivative of x^0 is 0 at x = 0, too (tfjs: NaN)",
  ),
  Prelu: close(NUMBERS, ULPS, 0, "the result is float32, as in tfjs"),
  Prod: close(ALL, SUM, 0, EXACT_PRODUCTS),
  Range: exact(NUMBERS, "a constant"),
  RealDiv: close(FLOAT, ULPS, 0, "tf.div of integers is FloorDiv"),
  Reciprocal: close(NUMBERS, ULPS, 0, CUT),
  Relu: exact(NUMBERS),
  Relu6: exact(NUMBERS),
  Reshape: exact(ALL, "no copy: graph passes merge and drop them"),
  ResizeBilinear: close(NUMBERS, 1e-5, 1e-5),
  ResizeBilinearGrad: close(
    FLOAT,
    1e-5,
    1e-5,
    "halfPixelCenters is refused: tfjs ignores it here; the tfjs cpu backend swaps height and width of the result's shape",
  ),
  ResizeNearestNeighbor: exact(ALL),
  ResizeNearestNeighborGrad: close(
    FLOAT,
    1e-5,
    1e-5,
    "halfPixelCenters is refused: tfjs ignores it here; the tfjs cpu backend is right for the first image of a batch only, and never returns for alignCorners and an image with one row or column",
  ),
  Reverse: exact(ALL),
  RotateWithOffset: exact(FLOAT),
  Round: exact(NUMBERS, "half to even"),
  Rsqrt: close(FLOAT, ULPS, 0),
  ScatterNd: close(NUMBERS, ULPS, 1e-6, "as GatherNd"),
  SearchSorted: exact(NUMBERS),
  Select: exact(
    ALL,
    "the tfjs cpu backend repeats one element per row for a condition of rank 1 (tf.where never asks for that)",
  ),
  Selu: close(FLOAT, ULPS, 2e-7, "as Elu"),
  Sigmoid: close(
    FLOAT,
    1e-6,
    2e-38,
    "0 below -88, where the value is under 1e-38; fastMath: error up to 1e-7, 0 below -18",
  ),
  Sign: exact(NUMBERS, "NaN stays NaN (the tfjs cpu backend: 0)"),
  Sin: close(FLOAT, ULPS, 1e-7),
  Sinh: close(NUMBERS, ULPS, 0, CUT),
  Slice: exact(ALL),
  Softmax: close(FLOAT, 2e-6, 1e-37),
  Softplus: close(NUMBERS, 1e-6, 1e-38, CUT),
  SpaceToBatchND: exact(ALL),
  SparseToDense: exact(ALL, "as GatherNd"),
  SplitV: exact(ALL, "a size of -1 must not come first: tfjs then miscounts"),
  Sqrt: close(FLOAT, ULPS, 0),
  Square: exact(NUMBERS, EXACT_PRODUCTS),
  SquaredDifference: close(NUMBERS, ULPS, 0, EXACT_PRODUCTS),
  Step: exact(NUMBERS, "NaN stays NaN, but for the gradient of a relu, which is 0 there; fastMath: alpha"),
  StridedSlice: exact(
    ALL,
    "the tfjs cpu backend is wrong, or throws, for shrinkAxisMask together with strides other than 1",
  ),
  Sub: exact(NUMBERS),
  Sum: close(ALL, SUM, 1e-5, "bool is counted as int32; int32 wraps around, as in tfjs"),
  Tan: close(FLOAT, 2e-6, 1e-7),
  Tanh: close(FLOAT, ULPS, 0),
  TensorScatterUpdate: exact(
    ALL,
    "as GatherNd; where an index comes twice either update may stay; the tfjs cpu backend overwrites its input",
  ),
  Tile: exact(ALL),
  TopK: exact(NUMBERS, "always sorted; with NaN in the input the order is not defined, nor is tfjs'"),
  Transpose: exact(ALL),
  Unpack: exact(ALL),
  UnsortedSegmentSum: close(NUMBERS, ULPS, 1e-6, "the result is float32, as in tfjs"),
  ZerosLike: exact(ALL),
  _FusedMatMul: close(FLOAT, SUM, 1e-5),
};
