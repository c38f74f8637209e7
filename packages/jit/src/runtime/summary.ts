import type { NodeTiming } from "../executors/executor.js";
import type { Graph } from "../ir/graph.js";
import type { Specialization } from "./specialization.js";

/** A readable summary of the compiled programs and their times. */
export function summarize(specializations: readonly Specialization[]): string {
  return specializations.length === 0 ? "jit: nothing compiled yet" : specializations.map(section).join("\n\n");
}

function section({ types, program, executor, compiled, calls, milliseconds, tracedNodes }: Specialization): string {
  if (!program) return `jit(${types}): not traced`;
  const assigned = program.states.filter(({ output }) => output).length;
  const lines = [
    `jit(${types}) on ${executor.name}, provider ${executor.provider}${executor.device ? ", variables on the device" : ""}`,
    `  ${program.states.length} variables (${assigned} assigned), ${program.noise.length} draws, ` +
      `${tracedNodes} nodes as traced`,
    `  ${calls} calls, ${(milliseconds / Math.max(calls, 1)).toFixed(3)} ms each`,
  ];
  for (const { program: optimized, session, steps } of compiled) {
    const nodes = allNodes(optimized.graph);
    lines.push(`  ${steps} ${steps === 1 ? "step" : "steps"} per run, ${nodes.length} nodes:`);
    lines.push(...table(countBy(nodes, ({ opType }) => opType).map(([type, count]) => [type, String(count)])));
    for (const update of optimized.hostUpdates ?? []) lines.push(`  outside the graph: ${update.name}`);
    const timings = session?.endProfiling();
    if (timings) lines.push("  time by tfjs kernel:", ...timeTable(timings, (timing) => timing.node.split("/")[0]!));
    if (timings) lines.push("  time by ONNX operation:", ...timeTable(timings, (timing) => timing.opType));
  }
  return lines.join("\n");
}

function allNodes(graph: Graph): { opType: string }[] {
  return graph.nodes.flatMap((node) => [
    node,
    ...Object.values(node.attributes).flatMap((attribute) => ("graph" in attribute ? allNodes(attribute.graph) : [])),
  ]);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function timeTable(timings: readonly NodeTiming[], keyOf: (timing: NodeTiming) => string): string[] {
  const groups = new Map<string, { calls: number; milliseconds: number }>();
  for (const timing of timings) {
    const group = groups.get(keyOf(timing)) ?? { calls: 0, milliseconds: 0 };
    group.calls += timing.calls;
    group.milliseconds += timing.milliseconds;
    groups.set(keyOf(timing), group);
  }
  const total = [...groups.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return table(
    [...groups]
      .sort((a, b) => b[1].milliseconds - a[1].milliseconds)
      .map(([name, { calls, milliseconds }]) => [
        name,
        `${milliseconds.toFixed(2)} ms`,
        `${((100 * milliseconds) / total).toFixed(1)} %`,
        `${calls} calls`,
      ]),
  );
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows.map(
    (row) => `    ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`,
  );
}
