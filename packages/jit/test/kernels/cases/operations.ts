import * as tf from "@tensorflow/tfjs-core";
import { numbers } from "../values.js";

export const float = (shape: number[], seed = 1, low = -2, high = 2) =>
  tf.tensor(
    numbers(
      seed,
      shape.reduce((size, side) => size * side, 1),
      "float32",
      { low, high },
    ),
    shape,
  );

export type Op = (x: tf.Tensor) => tf.Tensor;

const [matrix, positive, image] = [
  [3, 4],
  [2, 5],
  [2, 8, 8, 3],
];
const filter = (shape: number[]) => float(shape, 9, -0.5, 0.5);

export const differentiable: Readonly<Record<string, readonly [shape: number[], op: Op, low?: number, high?: number]>> =
  {
    abs: [matrix, tf.abs],
    acos: [matrix, tf.acos, -0.9, 0.9],
    acosh: [matrix, tf.acosh, 1.1, 3],
    asin: [matrix, tf.asin, -0.9, 0.9],
    asinh: [matrix, tf.asinh],
    atan: [matrix, tf.atan],
    atan2: [matrix, (x) => tf.atan2(x, float([4], 3))],
    atanh: [matrix, tf.atanh, -0.9, 0.9],
    add: [matrix, (x) => tf.add(x, float([4], 3))],
    addN: [matrix, (x) => tf.addN([x, tf.square(x), x])],
    avgPool: [image, (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, "same")],
    batchNorm: [
      image,
      (x) => tf.batchNorm(x as tf.Tensor4D, float([3], 2), float([3], 3, 0.5, 2), float([3], 4), float([3], 5)),
    ],
    batchToSpaceND: [
      [8, 2, 2, 1],
      (x) =>
        tf.batchToSpaceND(
          x,
          [2, 2],
          [
            [0, 1],
            [1, 0],
          ],
        ),
    ],
    broadcastTo: [[1, 4], (x) => tf.broadcastTo(x, [3, 4])],
    cast: [matrix, (x) => tf.cast(x, "float32")],
    clipByValue: [matrix, (x) => tf.clipByValue(x, -1, 1)],
    concat: [matrix, (x) => tf.concat([x, tf.mul(x, 2)], 1)],
    conv1d: [[2, 9, 3], (x) => tf.conv1d(x as tf.Tensor3D, filter([3, 3, 2]) as tf.Tensor3D, 2, "same")],
    conv2d: [image, (x) => tf.conv2d(x as tf.Tensor4D, filter([3, 3, 3, 2]) as tf.Tensor4D, 2, "same")],
    conv2dTranspose: [
      [2, 4, 4, 3],
      (x) => tf.conv2dTranspose(x as tf.Tensor4D, filter([4, 4, 2, 3]) as tf.Tensor4D, [2, 8, 8, 2], 2, "same"),
    ],
    conv3d: [
      [1, 4, 4, 4, 2],
      (x) => tf.conv3d(x as tf.Tensor5D, filter([2, 2, 2, 2, 2]) as tf.Tensor5D, [1, 2, 1], "same"),
    ],
    cos: [matrix, tf.cos],
    cosh: [matrix, tf.cosh],
    cumsum: [matrix, (x) => tf.cumsum(x, 1, true, true)],
    depthwiseConv2d: [
      image,
      (x) => tf.depthwiseConv2d(x as tf.Tensor4D, filter([3, 3, 3, 2]) as tf.Tensor4D, 1, "valid"),
    ],
    div: [matrix, (x) => tf.div(tf.scalar(2), x), 1, 2],
    dot: [matrix, (x) => tf.dot(x, float([4, 2], 3))],
    elu: [matrix, tf.elu],
    erf: [matrix, tf.erf],
    exp: [matrix, tf.exp],
    expandDims: [matrix, (x) => tf.expandDims(x, -1)],
    expm1: [matrix, tf.expm1],
    fusedConv2d: [
      image,
      (x) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter([3, 3, 3, 2]) as tf.Tensor4D,
          strides: 1,
          pad: "same",
          bias: float([2], 4),
          activation: "relu",
        }),
    ],
    fusedMatMul: [
      matrix,
      (x) => tf.fused.matMul({ a: x, b: float([4, 2], 3), bias: float([2], 4), activation: "sigmoid" }),
    ],
    gather: [matrix, (x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 0)],
    gatherColumns: [matrix, (x) => tf.gather(x, tf.tensor1d([3, 1], "int32"), 1)],
    leakyRelu: [matrix, (x) => tf.leakyRelu(x, 0.1)],
    localResponseNormalization: [image, (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1, 0.5, 0.75)],
    log: [positive, tf.log, 0.1, 3],
    log1p: [positive, tf.log1p, -0.5, 3],
    logSigmoid: [matrix, tf.logSigmoid],
    logSoftmax: [matrix, (x) => tf.logSoftmax(x)],
    logSumExp: [matrix, (x) => tf.logSumExp(x, 1)],
    matMul: [matrix, (x) => tf.matMul(x, float([5, 4], 3), false, true)],
    matMulBatch: [[2, 3, 4], (x) => tf.matMul(x, float([2, 3, 5], 3), true, false)],
    max: [matrix, (x) => tf.max(x, 1)],
    maxPool: [image, (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid")],
    maximum: [matrix, (x) => tf.maximum(x, 0.5)],
    mean: [matrix, (x) => tf.mean(x, 0, true)],
    meanSquaredError: [matrix, (x) => tf.losses.meanSquaredError(float([3, 4], 5), x)],
    min: [matrix, (x) => tf.min(x)],
    minimum: [matrix, (x) => tf.minimum(x, float([4], 3))],
    mirrorPad: [
      matrix,
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 1],
            [2, 0],
          ],
          "reflect",
        ),
    ],
    mod: [matrix, (x) => tf.mod(x, 0.7)],
    moments: [matrix, (x) => tf.add(tf.moments(x, 0).mean, tf.moments(x, 0).variance)],
    mul: [matrix, (x) => tf.mul(x, float([3, 1], 3))],
    neg: [matrix, tf.neg],
    norm: [matrix, (x) => tf.norm(x, 2, 1)],
    oneHotTimes: [matrix, (x) => tf.mul(x, tf.oneHot(tf.argMax(x, 1), 4, 1, 0, "float32"))],
    pad: [
      matrix,
      (x) =>
        tf.pad(
          x,
          [
            [1, 0],
            [0, 2],
          ],
          3,
        ),
    ],
    pow: [positive, (x) => tf.pow(x, 2.5), 0.5, 2],
    square: [matrix, (x) => tf.pow(x, 2)],
    prelu: [matrix, (x) => tf.prelu(x, float([4], 3, 0.1, 0.4))],
    reciprocal: [positive, tf.reciprocal, 0.5, 2],
    relu: [matrix, tf.relu],
    relu6: [matrix, tf.relu6, -2, 9],
    reshape: [matrix, (x) => tf.reshape(x, [2, -1])],
    resizeBilinear: [image, (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [8, 8], true)],
    resizeNearestNeighbor: [[1, 4, 4, 2], (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 8])],
    reverse: [matrix, (x) => tf.reverse(x, 1)],
    rsqrt: [positive, tf.rsqrt, 0.5, 2],
    selu: [matrix, tf.selu],
    separableConv2d: [
      image,
      (x) =>
        tf.separableConv2d(
          x as tf.Tensor4D,
          filter([3, 3, 3, 2]) as tf.Tensor4D,
          filter([1, 1, 6, 2]) as tf.Tensor4D,
          1,
          "same",
        ),
    ],
    sigmoid: [matrix, tf.sigmoid],
    sigmoidCrossEntropy: [matrix, (x) => tf.losses.sigmoidCrossEntropy(float([3, 4], 5, 0, 1), x)],
    sign: [matrix, (x) => tf.mul(x, tf.sign(x))],
    sin: [matrix, tf.sin],
    sinh: [matrix, tf.sinh],
    slice: [matrix, (x) => tf.slice(x, [1, 0], [2, 3])],
    softmax: [matrix, (x) => tf.softmax(x)],
    softmaxCrossEntropy: [matrix, (x) => tf.losses.softmaxCrossEntropy(tf.softmax(float([3, 4], 5)), x)],
    softplus: [matrix, tf.softplus],
    softplusLarge: [[40, 40], tf.softplus],
    spaceToBatchND: [
      [1, 4, 4, 2],
      (x) =>
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [0, 0],
            [0, 0],
          ],
        ),
    ],
    split: [matrix, (x) => tf.add(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor]))],
    sqrt: [positive, tf.sqrt, 0.5, 2],
    squaredDifference: [matrix, (x) => tf.squaredDifference(x, float([3, 4], 3))],
    squeeze: [[3, 1, 4], (x) => tf.squeeze(x, [1])],
    stack: [matrix, (x) => tf.stack([x, tf.neg(x)], 1)],
    step: [matrix, (x) => tf.mul(x, tf.step(x))],
    sub: [matrix, (x) => tf.sub(float([4], 3), x)],
    sum: [matrix, (x) => tf.sum(x, [0])],
    tan: [matrix, tf.tan, -1, 1],
    tanh: [matrix, tf.tanh],
    tile: [matrix, (x) => tf.tile(x, [2, 3])],
    transpose: [matrix, (x) => tf.transpose(x)],
    unsortedSegmentSum: [matrix, (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1], "int32"), 2)],
    unstack: [matrix, (x) => tf.add(...(tf.unstack(x, 1).slice(0, 2) as [tf.Tensor, tf.Tensor]))],
    where: [matrix, (x) => tf.where(tf.tensor1d([1, 0, 1, 0], "bool"), x, tf.scalar(2))],
  };

export const forwardOnly: Readonly<Record<string, readonly [shape: number[], op: Op]>> = {
  argMin: [matrix, (x) => tf.argMin(x, 0)],
  all: [matrix, (x) => tf.all(tf.greater(x, -1), 1)],
  any: [matrix, (x) => tf.any(tf.greater(x, 1))],
  bandPart: [[4, 4], (x) => tf.linalg.bandPart(x, 1, 0)],
  bincount: [matrix, () => tf.bincount(tf.tensor1d([1, 0, 1, 3], "int32"), tf.tensor1d([]), 4)],
  booleans: [matrix, (x) => tf.logicalXor(tf.greaterEqual(x, 0), tf.logicalNot(tf.less(x, 1)))],
  ceil: [matrix, tf.ceil],
  complexTests: [matrix, (x) => tf.logicalAnd(tf.isFinite(x), tf.logicalOr(tf.isNaN(x), tf.isInf(x)))],
  confusionMatrix: [
    matrix,
    () => tf.math.confusionMatrix(tf.tensor1d([0, 1, 1], "int32"), tf.tensor1d([0, 1, 0], "int32"), 2),
  ],
  cropAndResize: [
    image,
    (x) => tf.image.cropAndResize(x as tf.Tensor4D, [[0.1, 0.2, 0.8, 0.9]], tf.tensor1d([1], "int32"), [3, 4]),
  ],
  cumprod: [matrix, (x) => tf.cumprod(x, 1)],
  depthToSpace: [[1, 2, 2, 8], (x) => tf.depthToSpace(x as tf.Tensor4D, 2)],
  diag: [[4], tf.diag],
  dilation2d: [image, (x) => tf.dilation2d(x as tf.Tensor4D, filter([2, 2, 3]) as tf.Tensor3D, 1, "same")],
  einsum: [matrix, (x) => tf.einsum("ij,kj->ik", x, float([2, 4], 3))],
  eye: [matrix, (x) => tf.mul(tf.eye(3, 4), x)],
  flipLeftRight: [image, (x) => tf.image.flipLeftRight(x as tf.Tensor4D)],
  floor: [matrix, tf.floor],
  floorDiv: [matrix, (x) => tf.floorDiv(tf.cast(tf.mul(x, 10), "int32"), tf.scalar(3, "int32"))],
  gatherND: [
    matrix,
    (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [2, 2],
          ],
          [2, 2],
          "int32",
        ),
      ),
  ],
  inTopK: [matrix, (x) => tf.topk(x, 2).values],
  linspace: [matrix, (x) => tf.add(tf.linspace(0, 1, 4), x)],
  maxPoolWithArgmax: [image, (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, "valid").indexes as tf.Tensor],
  notEqual: [matrix, (x) => tf.notEqual(tf.round(x), tf.equal(x, 0))],
  oneHot: [matrix, (x) => tf.oneHot(tf.topk(x, 2).indices, 4)],
  // Its gradient needs chained operations, which tfjs-core alone does not have.
  prod: [matrix, (x) => tf.prod(x, 1)],
  range: [matrix, (x) => tf.mul(x, tf.range(0, 4))],
  rotate: [image, (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.4)],
  round: [matrix, tf.round],
  scatterND: [[2, 4], (x) => tf.scatterND(tf.tensor2d([[1], [0]], [2, 1], "int32"), x, [3, 4])],
  searchSorted: [[5], (x) => tf.searchSorted(tf.tensor1d([-1, 0, 1]), x)],
  setdiffMask: [matrix, (x) => tf.cast(tf.greater(x, tf.mean(x)), "int32")],
  stridedSlice: [matrix, (x) => tf.stridedSlice(x, [0, -1], [3, 0], [2, -2])],
  tensorScatterUpdate: [
    matrix,
    (x) => tf.tensorScatterUpdate(x, tf.tensor2d([[1]], [1, 1], "int32"), float([1, 4], 3)),
  ],
  threshold: [matrix, (x) => tf.zerosLike(tf.onesLike(x))],
};
