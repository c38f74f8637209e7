import { expect, test } from "vitest";
import { GraphBuilder } from "../ir/graph-builder.js";
import { isWorthOptimizing, MOST_OPTIMIZED } from "./runtime-optimization.js";

/** A chain of `count` nodes. */
function chain(count: number, ...opTypes: string[]) {
  const builder = new GraphBuilder();
  let value = builder.input("float32", [1]);
  for (let i = 0; i < count; i++) value = builder.op(opTypes[i] ?? "Neg", [value], {}, value);
  builder.output(value);
  return builder.finish();
}

test("the runtime optimizes graphs of many runs, large ones only for their convolutions", () => {
  expect(isWorthOptimizing(chain(MOST_OPTIMIZED), false)).toBe(true);
  expect(isWorthOptimizing(chain(MOST_OPTIMIZED + 1), false)).toBe(false);
  expect(isWorthOptimizing(chain(MOST_OPTIMIZED + 1, "ConvTranspose"), false)).toBe(true);
  expect(isWorthOptimizing(chain(3), true)).toBe(false);
});

test("the body of a loop counts", () => {
  const builder = new GraphBuilder();
  const body = { graph: chain(MOST_OPTIMIZED) };
  const value = builder.input("float32", [1]);
  builder.output(builder.op("Loop", [value], { body }, value));
  expect(isWorthOptimizing(builder.finish(), false)).toBe(false);
});
