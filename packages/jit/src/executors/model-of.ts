import type { Graph } from "../ir/graph.js";
import { encodeModel } from "../onnx/encode.js";
import type { Model } from "./executor.js";

/** The model of a graph, all of whose inputs and outputs lie in JavaScript's memory. */
export function modelOf(graph: Graph): Model {
  return {
    bytes: encodeModel(graph),
    inputs: graph.inputs,
    outputs: graph.outputs,
    deviceOutputs: new Set(),
    hasCpuNodes: false,
    isOptimized: true,
    usesThreads: true,
    profile: false,
  };
}
