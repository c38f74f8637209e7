import { operand } from "../arbitraries.js";
import {
  attributesOf,
  filterOf,
  type Geometry,
  geometries,
  gradientOf,
  imageOf,
  imageShape,
  volumeAttributes,
  volumeInfo,
  volumeOf,
  volumes,
} from "../geometries.js";
import type { Case } from "../parity.js";
import type { Specs } from "../spec.js";

const ACTIVATIONS = [undefined, "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"];

function fused(geometry: Geometry, isDepthwise: boolean): Case {
  const { seed, channels, out } = geometry;
  const activation = ACTIVATIONS[seed % ACTIVATIONS.length];
  const outChannels = isDepthwise ? channels * out : out;
  return {
    inputs: {
      x: imageOf(geometry),
      filter: filterOf(geometry),
      ...(seed % 3 === 0 ? {} : { bias: operand(seed % 3 === 1 ? [outChannels] : [1], "float32", seed + 3) }),
      ...(activation === "prelu" ? { preluActivationWeights: operand([outChannels], "float32", seed + 4) } : {}),
    },
    attrs: { ...attributesOf(geometry), activation, leakyreluAlpha: 0.2 },
  };
}

const anyGeometry = geometries({ dilated: true, layouts: true });
const undilated = geometries({ dilated: false, layouts: true });
const depthwise = geometries({ dilated: true, layouts: false });

export const convolution: Specs = {
  Conv2D: {
    generated: [anyGeometry.map((g) => ({ inputs: { x: imageOf(g), filter: filterOf(g) }, attrs: attributesOf(g) }))],
    runs: 60,
  },
  Conv2DBackpropInput: {
    generated: [
      undilated.map((g) => ({
        inputs: { dy: gradientOf(g), filter: filterOf(g) },
        attrs: { ...attributesOf(g), inputShape: imageShape(g) },
      })),
    ],
    runs: 60,
  },
  Conv2DBackpropFilter: {
    generated: [
      undilated.map((g) => ({
        inputs: { x: imageOf(g), dy: gradientOf(g) },
        attrs: { ...attributesOf(g), filterShape: filterOf(g).shape },
      })),
    ],
    runs: 60,
  },
  FusedConv2D: { generated: [anyGeometry.map((g) => fused(g, false))], runs: 60 },
  DepthwiseConv2dNative: {
    generated: [depthwise.map((g) => ({ inputs: { x: imageOf(g), filter: filterOf(g) }, attrs: attributesOf(g) }))],
    runs: 40,
  },
  DepthwiseConv2dNativeBackpropInput: {
    generated: [
      geometries({ dilated: false, layouts: false }).map((g) => ({
        inputs: { dy: gradientOf(g, true), filter: filterOf(g) },
        attrs: { ...attributesOf(g), inputShape: imageShape(g) },
      })),
    ],
    runs: 40,
  },
  DepthwiseConv2dNativeBackpropFilter: {
    generated: [
      geometries({ dilated: false, layouts: false }).map((g) => ({
        inputs: { x: imageOf(g), dy: gradientOf(g, true) },
        attrs: { ...attributesOf(g), filterShape: filterOf(g).shape },
      })),
    ],
    runs: 40,
  },
  FusedDepthwiseConv2D: { generated: [depthwise.map((g) => fused(g, true))], runs: 40 },
  Conv3D: {
    generated: [
      volumes.map((v) => ({
        inputs: { x: volumeOf(v), filter: operand([...v.filter, v.channels, v.out], "float32", v.seed + 1) },
        attrs: volumeAttributes(v),
      })),
    ],
  },
  Conv3DBackpropInputV2: {
    generated: [
      volumes.map((v) => ({
        inputs: {
          dy: operand(volumeInfo(v).outShape, "float32", v.seed),
          filter: operand([...v.filter, v.channels, v.out], "float32", v.seed + 1),
        },
        attrs: { ...volumeAttributes(v), inputShape: volumeOf(v).shape },
      })),
    ],
  },
  Conv3DBackpropFilterV2: {
    generated: [
      volumes.map((v) => ({
        inputs: { x: volumeOf(v), dy: operand(volumeInfo(v).outShape, "float32", v.seed) },
        attrs: { ...volumeAttributes(v), filterShape: [...v.filter, v.channels, v.out] },
      })),
    ],
  },
};
