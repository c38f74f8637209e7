import { expect, test } from "vitest";
import { supplyNodeUtil } from "./node-util.js";

test("the functions that Node 23 removed are supplied", () => {
  const util: Record<string, (value?: unknown) => unknown> = {};
  supplyNodeUtil(util, "24.1.0");
  expect([undefined, null, 0, ""].map((value) => util.isNullOrUndefined!(value))).toEqual([true, true, false, false]);
  expect([[], {}, "a"].map((value) => util.isArray!(value))).toEqual([true, false, false]);
});

test("Node 22's own, which warn, are replaced; Node 20's stay", () => {
  const own = () => true;
  const in22 = { isArray: own };
  supplyNodeUtil(in22, "22.12.0");
  expect(in22.isArray).not.toBe(own);
  const in20 = { isArray: own };
  supplyNodeUtil(in20, "20.19.0");
  expect(in20.isArray).toBe(own);
});
