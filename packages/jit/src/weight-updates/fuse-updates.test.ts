import { expect, test } from "vitest";
import { numbersFor, opTypes, runGraph } from "../../test/run-graph.js";
import type { ConstantData, Value } from "../ir/graph.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import type { Program, ProgramState } from "../ir/program.js";
import { fuseUpdates } from "./fuse-updates.js";
import { findUpdateGroups } from "./update-groups.js";

/** The nodes of tfjs' Adam for one parameter, with the gradient 2 p + x @ y. */
function adam(graph: GraphBuilder, shape: readonly number[], name: string, power: Value): ProgramState[] {
  const type = { elementType: "float32", shape } as const;
  const op = (opType: string, ...inputs: Value[]) => graph.op(opType, inputs, {}, type);
  const number = (x: number) => graph.scalar(x, "float32");
  const [p, m, v] = ["parameter", "first", "second"].map((role) =>
    graph.input("float32", shape, `${name}/${role}`),
  ) as [Value, Value, Value];
  const gradient = op("Tanh", op("Sin", p));
  const m1 = op("Add", op("Mul", m, number(0.9)), op("Mul", gradient, number(0.1)));
  const v1 = op("Add", op("Mul", v, number(0.999)), op("Mul", op("Mul", gradient, gradient), number(0.001)));
  const denominator = op("Add", op("Sqrt", op("Div", v1, power)), number(1e-7));
  const p1 = op("Add", op("Mul", op("Div", op("Div", m1, power), denominator), number(-0.01)), p);
  return [
    [p, p1],
    [m, m1],
    [v, v1],
  ].map(([input, output]) => ({ name: input!.name, input: input!, output: graph.output(output!) }));
}

function program(graph: GraphBuilder, states: ProgramState[], results: Value[] = []): Program {
  return { graph: graph.finish(), arguments: [], noise: [], settings: [], states, created: [], results };
}

/** One step of the original program: next values of the states by name. */
async function stepInGraph({ graph, states }: Program, feeds: Record<string, ConstantData>) {
  const outputs = await runGraph(graph, feeds);
  return new Map(states.map(({ name, output }) => [name, outputs.get(output!.name)!]));
}

/** The same with the update on the host. */
async function stepOnHost({ graph, states, hostUpdates = [] }: Program, feeds: Record<string, ConstantData>) {
  const bound = await Promise.all(hostUpdates.map((update) => update.bind(new Map())));
  const held = new Map<Value, Float32Array>();
  for (const [u, update] of hostUpdates.entries()) {
    for (const [i, value] of update.states.entries()) {
      const memory = bound[u]!.states[i] as Float32Array;
      memory.set(feeds[value.name] as Float32Array);
      held.set(value, memory);
    }
  }
  const outputs = await runGraph(graph, {
    ...feeds,
    ...Object.fromEntries([...held].map(([value, data]) => [value.name, data])),
  });
  for (const [u, update] of hostUpdates.entries()) {
    for (const [i, value] of update.reads.entries()) {
      (bound[u]!.reads[i] as Float32Array).set(outputs.get(value.name) as Float32Array);
    }
    bound[u]!.run();
  }
  const result = new Map<string, ConstantData>(
    states.map(({ name, input, output }) => [name, output ? outputs.get(output.name)! : held.get(input)!.slice()]),
  );
  for (const update of bound) update.release();
  return result;
}

async function expectSameStep(original: Program, fused: Program) {
  const positive = (value: Value, seed: number) => Float32Array.from(numbersFor(value, seed) as Float32Array, Math.abs);
  const feeds = Object.fromEntries(original.graph.inputs.map((value, i) => [value.name, positive(value, i + 1)]));
  const expected = await stepInGraph(original, feeds);
  const actual = await stepOnHost(fused, feeds);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    for (const [i, value] of (values as Float32Array).entries()) {
      const error = Math.abs((actual.get(name)![i] as number) - value);
      expect(error, `${name}[${i}]`).toBeLessThanOrEqual(4e-7 * Math.max(1, Math.abs(value)));
    }
  }
}

test("Adam on two parameters becomes one pass for each, which reads one gradient and gives the same results", async () => {
  const graph = new GraphBuilder();
  const power = graph.input("float32", [], "power");
  const remainder = graph.op("Sub", [graph.scalar(1, "float32"), power], {}, power);
  const states = [
    ...adam(graph, [3, 5], "w", remainder),
    ...adam(graph, [7], "b", remainder),
    {
      name: "power",
      input: power,
      output: graph.output(graph.op("Mul", [power, graph.scalar(0.9, "float32")], {}, power)),
    },
  ];
  const original = program(graph, states);
  const fused = fuseUpdates(original);
  const [update] = fused.hostUpdates!;
  expect(update!.states.map(({ name }) => name)).toEqual([
    "w/parameter",
    "w/first",
    "w/second",
    "b/parameter",
    "b/first",
    "b/second",
  ]);
  expect(update!.reads.map(({ shape }) => shape)).toEqual([[3, 5], [], [7]]);
  expect(opTypes(fused.graph)).toEqual(["Sub", "Sin", "Tanh", "Sin", "Tanh", "Mul"]);
  expect(original.graph.outputs).toHaveLength(7);
  await expectSameStep(original, fused);
});

test("variables that average others are updated in the same pass, from the previous values", async () => {
  const graph = new GraphBuilder();
  const type = { elementType: "float32", shape: [6] } as const;
  const [p, average, step] = ["p", "average", "step"].map((name) => graph.input("float32", [6], name)) as [
    Value,
    Value,
    Value,
  ];
  const next = graph.op("Sub", [p, step], {}, type);
  const kept = graph.op("Mul", [average, graph.scalar(0.99, "float32")], {}, type);
  const mean = graph.op("Sum", [kept, graph.op("Mul", [next, graph.scalar(0.01, "float32")], {}, type), p], {}, type);
  const states = [
    { name: "p", input: p, output: graph.output(next) },
    { name: "average", input: average, output: graph.output(mean) },
  ];
  const original = { ...program(graph, states), arguments: [step] };
  expect(findUpdateGroups(original)).toHaveLength(1);
  const fused = fuseUpdates(original);
  // The step is an input of the graph, so it is returned as a copy.
  expect(opTypes(fused.graph)).toEqual(["Identity"]);
  await expectSameStep(original, fused);
});

test("an update of a thousand operations is fused, the hundred thousand of an unrolled loop stay in the graph", async () => {
  const chain = (length: number) => {
    const graph = new GraphBuilder();
    const w = graph.input("float32", [4], "w");
    const factor = graph.input("float32", [4], "factor");
    let value = w;
    for (let i = 0; i < length; i++) value = graph.op(i % 2 ? "Mul" : "Add", [value, factor], {}, w);
    return { ...program(graph, [{ name: "w", input: w, output: graph.output(value) }]), arguments: [factor] };
  };
  const fused = fuseUpdates(chain(1000));
  expect(fused.hostUpdates).toHaveLength(1);
  const short = chain(100);
  await expectSameStep(short, fuseUpdates(short));
  const long = chain(100_000);
  expect(fuseUpdates(long)).toBe(long);
});

test("a value that is also a result stays in the graph", async () => {
  const graph = new GraphBuilder();
  const w = graph.input("float32", [4], "w");
  const next = graph.op("Mul", [w, graph.scalar(0.5, "float32")], {}, w);
  const loss = graph.op("ReduceSum", [next], { keepdims: { int: 0 } }, { elementType: "float32", shape: [] });
  const original = program(graph, [{ name: "w", input: w, output: graph.output(next) }], [graph.output(loss)]);
  const fused = fuseUpdates(original);
  expect(opTypes(fused.graph)).toEqual(["Mul", "ReduceSum"]);
  expect(fused.graph.outputs).toEqual(original.results);
  await expectSameStep(original, fused);
});

test.each([
  ["a matrix product of the variable", "MatMul"],
  ["a transposition of the variable", "Transpose"],
])("%s is no elementwise update", (_, opType) => {
  const graph = new GraphBuilder();
  const w = graph.input("float32", [3, 3], "w");
  const next = graph.op(opType, opType === "MatMul" ? [w, w] : [w], {}, w);
  const original = program(graph, [{ name: "w", input: w, output: graph.output(next) }]);
  expect(fuseUpdates(original)).toBe(original);
});

test("an update that reads a variable whose next value the graph computes stays in the graph", () => {
  const graph = new GraphBuilder();
  const [w, other] = ["w", "other"].map((name) => graph.input("float32", [3], name)) as [Value, Value];
  const next = graph.op("Add", [w, other], {}, w);
  const sines = graph.op("Sin", [other], {}, other);
  const original = program(graph, [
    { name: "w", input: w, output: graph.output(next) },
    { name: "other", input: other, output: graph.output(sines) },
  ]);
  expect(fuseUpdates(original)).toBe(original);
});
