import { expect, test } from "vitest";
import { GraphBuilder } from "../ir/graph-builder.js";
import { isWorthThreads, LEAST_WORK } from "./worth-threads.js";

/** A product of `[rows, inner]` and `[inner, columns]`, possibly from the transpose of the first. */
function product(rows: number, inner: number, columns: number, transA = false) {
  const builder = new GraphBuilder();
  const x = builder.input("float32", transA ? [inner, rows] : [rows, inner]);
  const w = builder.input("float32", [inner, columns]);
  builder.output(
    builder.op("Gemm", [x, w], { transA: { int: Number(transA) } }, { elementType: "float32", shape: [rows, columns] }),
  );
  return builder.finish();
}

/** An operation on `size` numbers. */
function elementwise(opType: string, size: number, attributes: Parameters<GraphBuilder["op"]>[2] = {}) {
  const builder = new GraphBuilder();
  const x = builder.input("float32", [size]);
  builder.output(builder.op(opType, [x], attributes, x));
  return builder.finish();
}

test("small products run on one thread, large ones on all", () => {
  expect(isWorthThreads(product(64, 784, 10))).toBe(false);
  expect(isWorthThreads(product(784, 64, 10, true))).toBe(false);
  expect(isWorthThreads(product(64, 784, 256))).toBe(true);
  expect(isWorthThreads(product(1, LEAST_WORK, 1))).toBe(true);
  expect(isWorthThreads(product(1, LEAST_WORK - 1, 1, true))).toBe(false);
});

test("other nodes count by their elements; convolutions and loops always count", () => {
  expect(isWorthThreads(elementwise("Exp", 640))).toBe(false);
  expect(isWorthThreads(elementwise("Exp", 1e5))).toBe(true);
  expect(isWorthThreads(elementwise("Conv", 1))).toBe(true);
  expect(isWorthThreads(elementwise("Scan", 1, { body: { graph: elementwise("Neg", 1) } }))).toBe(true);
});
