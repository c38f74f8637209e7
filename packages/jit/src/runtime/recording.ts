import { type ConstantData, Graph, type Initializer, type Node, type Source, type Value } from "../ir/graph.js";
import { sameAttributes, sameData } from "../ir/same-graph.js";
import { deadCode } from "../passes/dead-code.js";
import type { SettingInput } from "../trace/optimizer-settings.js";
import type { DrawPlan } from "../trace/random-source.js";
import type { StateOwner } from "../trace/state-owner.js";
import type { TraceResult } from "../trace/trace-function.js";

/** The result of a trace before the passes, for comparison with another trace of the same function. */
export interface Recording {
  /** The graph without dead code. */
  readonly graph: Graph;
  readonly owners: readonly StateOwner[];
  /** For each state, whether the function assigns it. */
  readonly assigned: readonly boolean[];
  readonly settings: readonly SettingInput[];
  readonly plan: DrawPlan;
  readonly resultForm: string;
  readonly made: number;
}

export function recordingOf({ program, owners, settings, plan, result }: TraceResult): Recording {
  const { name, inputs, outputs, initializers, nodes } = program.graph;
  const graph = new Graph(name, inputs, outputs, initializers, nodes);
  deadCode(graph);
  return {
    ...{ graph, owners, settings, plan },
    assigned: program.states.map(({ output }) => output !== undefined),
    resultForm: result.key,
    made: program.created.length,
  };
}

/** How one trace differs from another. */
export interface Difference {
  /** What the later trace does differently, as a clause. */
  readonly words: string;
  /** The first op that differs. */
  readonly source: Source | undefined;
}

/** How a later trace of a function differs from an earlier one; undefined if their programs are equivalent. */
export function differenceOf(before: Recording, now: Recording): Difference | undefined {
  return (
    drawDifference(before.plan, now.plan) ?? graphDifference(before.graph, now.graph) ?? bindingDifference(before, now)
  );
}

function drawDifference(before: DrawPlan, now: DrawPlan): Difference | undefined {
  for (const [i, draw] of now.draws.entries()) {
    const other = before.draws[i];
    const { source } = draw;
    if (!other) return { words: "it draws more random numbers", source };
    if (draw.kind !== other.kind || draw.size !== other.size) {
      return {
        words: `it draws ${draw.size} ${draw.kind} numbers instead of ${other.size} ${other.kind} ones`,
        source,
      };
    }
    const [here, there] = [pathOf(now, draw.generator), pathOf(before, other.generator)];
    if (here.root !== there.root) return { words: "it draws from another generator", source };
    if (here.labels !== there.labels) {
      return { words: `it draws from the fork ${here.labels} of its generator instead of ${there.labels}`, source };
    }
  }
  const missing = before.draws[now.draws.length];
  return missing && { words: "it draws fewer random numbers", source: missing.source };
}

function pathOf(plan: DrawPlan, index: number): { readonly root: object; readonly labels: string } {
  const generator = plan.generators[index]!;
  if ("source" in generator) return { root: generator.source, labels: "" };
  const { root, labels } = pathOf(plan, generator.parent);
  return { root, labels: `${labels}/${JSON.stringify(generator.label)}` };
}

function graphDifference(before: Graph, now: Graph): Difference | undefined {
  const constants = { before: byValue(before), now: byValue(now) };
  return nodeDifference(before, now, new Map(), constants);
}

/** `same` maps the values of the graph around a subgraph. */
function nodeDifference(
  before: Graph,
  now: Graph,
  outside: ReadonlyMap<Value, Value>,
  constants: { readonly before: ReadonlyMap<Value, Initializer>; readonly now: ReadonlyMap<Value, Initializer> },
): Difference | undefined {
  const same = new Map<Value, Value>([
    ...outside,
    ...now.inputs.map((value, i) => [value, before.inputs[i]!] as const),
  ]);
  for (const [i, node] of now.nodes.entries()) {
    const other = before.nodes[i];
    if (!other) return { words: `it computes ${nameOf(node)}, which is new`, source: node.source };
    if (node.opType !== other.opType || node.domain !== other.domain || node.inputs.length !== other.inputs.length) {
      const [name, otherName] = [nameOf(node), nameOf(other)];
      const words =
        name === otherName ? `it computes ${name} differently` : `it computes ${name} instead of ${otherName}`;
      return { words, source: node.source };
    }
    for (const [j, input] of node.inputs.entries()) {
      const otherInput = other.inputs[j];
      const [constant, otherConstant] = [
        input && constants.now.get(input),
        otherInput && constants.before.get(otherInput),
      ];
      if (constant && otherConstant) {
        const difference = constantDifference(otherConstant, constant, node);
        if (difference) return difference;
      } else if (input === undefined ? otherInput !== undefined : same.get(input) !== otherInput) {
        return { words: `${nameOf(node)} reads other tensors`, source: node.source };
      }
    }
    const [subgraph, otherSubgraph] = [subgraphOf(node), subgraphOf(other)];
    if (subgraph && otherSubgraph) {
      const difference = nodeDifference(otherSubgraph, subgraph, same, constants);
      if (difference) return difference;
    }
    if (!sameAttributes(withoutSubgraph(node), withoutSubgraph(other))) {
      return { words: `${nameOf(node)} has other attributes`, source: node.source };
    }
    for (const [j, output] of node.outputs.entries()) {
      if (!sameType(output, other.outputs[j]!)) {
        const [shape, otherShape] = [output.shape, other.outputs[j]!.shape];
        return { words: `${nameOf(node)} gives the shape [${shape}] instead of [${otherShape}]`, source: node.source };
      }
      same.set(output, other.outputs[j]!);
    }
  }
  const missing = before.nodes[now.nodes.length];
  if (missing) return { words: `it does not compute ${nameOf(missing)} any more`, source: missing.source };
  const outputs =
    now.outputs.length === before.outputs.length &&
    now.outputs.every((value, i) => same.get(value) === before.outputs[i]);
  const inputs =
    now.inputs.length === before.inputs.length && now.inputs.every((value, i) => sameType(value, before.inputs[i]!));
  return outputs && inputs ? undefined : { words: "it reads, assigns or returns other tensors", source: undefined };
}

/** The step of a loop. */
function subgraphOf({ attributes }: Node): Graph | undefined {
  const { body } = attributes;
  return body && "graph" in body ? body.graph : undefined;
}

function withoutSubgraph({ attributes }: Node): Node["attributes"] {
  const { body, ...rest } = attributes;
  return body && "graph" in body ? rest : attributes;
}

function constantDifference(before: Initializer, now: Initializer, reader: Node): Difference | undefined {
  if (sameType(before.value, now.value) && sameData(before.data, now.data)) return undefined;
  const source = now.source ?? reader.source;
  if (now.data.length === 1 && before.data.length === 1) {
    return { words: `${nameOf(reader)} reads the number ${text(now.data)} instead of ${text(before.data)}`, source };
  }
  return {
    words: `${nameOf(reader)} reads a tensor of shape [${now.value.shape}] with other numbers than before`,
    source,
  };
}

function bindingDifference(before: Recording, now: Recording): Difference | undefined {
  const differs = (words: string): Difference => ({ words, source: undefined });
  if (now.resultForm !== before.resultForm) return differs("its result has another form");
  if (now.made !== before.made) return differs("it makes or keeps other tensors");
  if (!sameItems(now.owners, before.owners)) return differs("it uses other variables or kept tensors");
  if (!sameItems(now.assigned, before.assigned)) return differs("it assigns other variables");
  // A new optimizer with the same numbers at each call is equivalent to the old one.
  const isSame = (setting: SettingInput, i: number) => {
    const other = before.settings[i]!;
    return setting.optimizer === other.optimizer || setting.traced === other.traced;
  };
  if (!now.settings.every(isSame)) return differs("it uses another optimizer");
  return undefined;
}

function byValue({ initializers }: Graph): Map<Value, Initializer> {
  return new Map(initializers.map((initializer) => [initializer.value, initializer]));
}

function sameType(a: Value, b: Value): boolean {
  return a.elementType === b.elementType && sameItems(a.shape, b.shape);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function nameOf({ source, opType }: Node): string {
  return source?.kernel ?? opType;
}

function text(data: ConstantData): string {
  return `${data[0]}`;
}
