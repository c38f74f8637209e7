const STRINGS = "strings do not exist in a compiled graph";
const COMPLEX = "complex numbers do not exist in ONNX";
const RAGGED = "the result's shape depends on values";
const UNUSED = "tfjs itself never calls it";

/** Why a kernel is not compiled. */
export const unsupportedKernels: Readonly<Record<string, string>> = {
  BroadcastArgs: "computes a shape from values; shapes are fixed when a function is compiled",
  Complex: COMPLEX,
  ComplexAbs: COMPLEX,
  Draw: "draws on a canvas",
  FFT: COMPLEX,
  FromPixels: "reads an image element; pass the tensor in instead",
  IFFT: COMPLEX,
  Imag: COMPLEX,
  LowerBound: `${UNUSED}; tf.lowerBound is SearchSorted`,
  MatrixBandPart: `${UNUSED}; tf.linalg.bandPart is composed of other kernels`,
  Multinomial: "draws random numbers; draw from the rng option, or sample outside",
  NonMaxSuppressionV3: RAGGED,
  NonMaxSuppressionV4: "not written: ONNX pads its result differently",
  NonMaxSuppressionV5: RAGGED,
  Pool: `${UNUSED}; tf.pool is composed of other kernels`,
  RaggedGather: RAGGED,
  RaggedRange: RAGGED,
  RaggedTensorToTensor: RAGGED,
  Real: COMPLEX,
  SparseFillEmptyRows: RAGGED,
  SparseReshape: "computes a shape from values; shapes are fixed when a function is compiled",
  SparseSegmentMean: RAGGED,
  SparseSegmentSum: RAGGED,
  StaticRegexReplace: STRINGS,
  StringNGrams: STRINGS,
  StringSplit: STRINGS,
  StringToHashBucketFast: STRINGS,
  Transform:
    "not written: its transforms are tensors, and the tfjs cpu backend handles the first image of a batch only",
  Unique: RAGGED,
  UpperBound: `${UNUSED}; tf.upperBound is SearchSorted`,
};
