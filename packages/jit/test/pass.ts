import { expect } from "vitest";
import type { Attribute, ElementType, Graph, Value } from "../src/ir/graph.js";
import { GraphBuilder } from "../src/ir/graph-builder.js";
import { printGraph } from "../src/ir/print-graph.js";
import type { Pass } from "../src/passes/simplify.js";
import { copyOf, expectSameResults, opTypes } from "./run-graph.js";
import { graphFaults } from "./verify-graph.js";

/** Builds small graphs of float32 values for the tests of passes. */
export class TestGraph {
  readonly builder = new GraphBuilder();

  input(shape: readonly number[], elementType: ElementType = "float32"): Value {
    return this.builder.input(elementType, shape);
  }

  number(x: number): Value {
    return this.builder.scalar(x, "float32");
  }

  filled(x: number, shape: readonly number[]): Value {
    const size = shape.reduce((product, side) => product * side, 1);
    return this.builder.constant(new Float32Array(size).fill(x), shape, "float32");
  }

  ints(...values: number[]): Value {
    return this.builder.ints(values);
  }

  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
    elementType: ElementType = "float32",
  ): Value {
    return this.builder.op(opType, inputs, attributes, { elementType, shape });
  }

  finish(...outputs: readonly Value[]): Graph {
    for (const output of outputs) this.builder.output(output);
    return this.builder.finish();
  }
}

/** Applies a pass, checks its return value and that the graph computes the same, and returns the types of the nodes. */
export async function applied(pass: Pass, graph: Graph, tolerance = 0): Promise<string[]> {
  const original = copyOf(graph);
  const before = graph.nodes;
  const changed = pass(graph);
  expect(changed).toBe(graph.nodes !== before || graph.initializers !== original.initializers);
  expect(graph.inputs).toEqual(original.inputs);
  expect(graph.outputs).toEqual(original.outputs);
  expect(graphFaults(graph), printGraph(graph)).toEqual([]);
  await expectSameResults(graph, original, tolerance);
  return opTypes(graph);
}
