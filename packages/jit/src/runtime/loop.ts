import { Graph, type Initializer, type Node, type Value } from "../ir/graph.js";
import type { Program } from "../ir/program.js";

/**
 * A program that runs `steps` steps of another one: arguments, noise and results are stacked along a new first axis,
 * and an ONNX Loop carries the state between steps.
 */
export function repeat(program: Program, steps: number): Program {
  const stacked = (value: Value): Value => ({ ...value, name: `${value.name}:steps`, shape: [steps, ...value.shape] });
  const scannedInputs = [...program.arguments, ...program.noise];
  const stacks = scannedInputs.map(stacked);
  const carried = program.states.filter((state) => state.output !== undefined);
  const constant = (
    name: string,
    initializer: Initializer["data"],
    elementType: Value["elementType"],
  ): Initializer => ({
    value: { name, elementType, shape: [] },
    data: initializer,
  });
  const tripCount = constant("loop:steps", BigInt64Array.of(BigInt(steps)), "int64");
  const always = constant("loop:always", Uint8Array.of(1), "bool");

  const counter: Value = { name: "loop:counter", elementType: "int64", shape: [] };
  const conditionIn: Value = { name: "loop:condition", elementType: "bool", shape: [] };
  const conditionOut: Value = { ...conditionIn, name: "loop:continue" };
  const gathers = scannedInputs.map(
    (value, i): Node => ({
      opType: "Gather",
      inputs: [stacks[i], counter],
      outputs: [value],
      attributes: { axis: { int: 0 } },
    }),
  );
  const body = new Graph(
    `${program.graph.name}_step`,
    [counter, conditionIn, ...carried.map(({ input }) => input)],
    [conditionOut, ...carried.map(({ output }) => output!), ...program.results],
    [],
    [
      { opType: "Identity", inputs: [conditionIn], outputs: [conditionOut], attributes: {} },
      ...gathers,
      ...program.graph.nodes,
    ],
  );

  const starts = carried.map(({ input }): Value => ({ ...input, name: `${input.name}:first` }));
  const ends = carried.map(({ output }): Value => ({ ...output!, name: `${output!.name}:last` }));
  const results = program.results.map(stacked);
  const loop: Node = {
    opType: "Loop",
    inputs: [tripCount.value, always.value, ...starts],
    outputs: [...ends, ...results],
    attributes: { body: { graph: body } },
    source: { kernel: "steps" },
  };
  let next = 0;
  const states = program.states.map((state) => {
    if (!state.output) return state;
    const i = next++;
    return { name: state.name, input: starts[i]!, output: ends[i]! };
  });
  const read = states.filter((state) => !state.output).map((state) => state.input);
  return {
    graph: new Graph(
      program.graph.name,
      [...stacks, ...starts, ...read, ...program.settings],
      [...ends, ...results],
      [...program.graph.initializers, tripCount, always],
      [loop],
    ),
    arguments: stacks.slice(0, program.arguments.length),
    noise: stacks.slice(program.arguments.length),
    settings: program.settings,
    states,
    created: [],
    results,
  };
}
