import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFinite, checkIndices, checkInteger, checkNumber, checkPositive } from "./check-number.js";
import { checkOneOf, describeValue } from "./check-one-of.js";
import { checkOptions } from "./check-options.js";
import { checkRng } from "./check-rng.js";
import { openInterval } from "./domain.js";
import { checkValidation } from "./validation.js";

const checks: readonly [string, (value: number) => number, (value: number) => boolean][] = [
  ["a finite number > 0", (value) => checkPositive("fit", "rate", value), (value) => value > 0 && value < Infinity],
  ["a finite number", (value) => checkFinite("fit", "rate", value), Number.isFinite],
  ["a number in (0, 1)", (value) => checkNumber("fit", "rate", value, openInterval), (value) => value > 0 && value < 1],
  ["a whole number >= 2", (value) => checkInteger("fit", "rate", value, 2), (value) => value % 1 === 0 && value >= 2],
  ["a whole number from 2 to 9", (v) => checkInteger("fit", "rate", v, 2, 9), (v) => v % 1 === 0 && v >= 2 && v <= 9],
];

describe.each(checks)("%s", (allowed, check, isAllowed) => {
  test("any number is returned or refused by a RangeError", () => {
    const numbers = fc.oneof(fc.double(), fc.integer({ min: -3, max: 12 }), fc.constantFrom(0, -0, 1, Infinity, NaN));
    fc.assert(
      fc.property(numbers, (value) => {
        if (isAllowed(value)) {
          expect(check(value)).toBe(value);
        } else {
          expect(() => check(value)).toThrow(new RangeError(`fit: rate must be ${allowed}, got ${String(value)}`));
        }
      }),
    );
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    ["3", "'3'"],
    [[3], "[3]"],
    [true, "true"],
    [new Date(0), "an instance of Date"],
  ])("%o is of another kind: a TypeError", (value, described) => {
    expect(() => check(value as never)).toThrow(new TypeError(`fit: rate must be ${allowed}, got ${described}`));
  });
});

test("indices: the first invalid one is named, and a value that is not a list is a TypeError", () => {
  expect(() => checkIndices("f", "labels", new Int32Array([0, 3]))).not.toThrow();
  expect(() => checkIndices("f", "labels", [0, 1.5])).toThrow(
    new RangeError("f: labels must be whole numbers >= 0, got 1.5 at 1"),
  );
  expect(() => checkIndices("f", "labels", 3 as never)).toThrow(
    new TypeError("f: labels must be an array of whole numbers >= 0, got 3"),
  );
});

test("a choice: another name is a RangeError, another kind a TypeError", () => {
  const check = (value: string) => checkOneOf("fit", "engine", value, ["auto", "eager", "jit"]);
  expect(check("jit")).toBe("jit");
  expect(() => check("gpu")).toThrow(new RangeError("fit: engine must be 'auto', 'eager' or 'jit', got 'gpu'"));
  expect(() => check(1 as never)).toThrow(new TypeError("fit: engine must be 'auto', 'eager' or 'jit', got 1"));
  expect(() => checkOneOf("f", "a", "c" as "b", ["b"])).toThrow("f: a must be 'b', got 'c'");
  expect(() => checkValidation("Normal", "all" as never)).toThrow(
    new RangeError("Normal: validate must be 'shapes', 'values' or false, got 'all'"),
  );
  expect(() => checkValidation("Normal", true as never)).toThrow(TypeError);
});

test("options: a misspelled name is a TypeError that lists the known ones", () => {
  expect(() => checkOptions("fit", { epochs: 1, rate: undefined }, ["epochs", "rate"])).not.toThrow();
  expect(() => checkOptions("fit", { epoch: 1, Rate: 2 }, ["epochs", "rate"])).toThrow(
    new TypeError("fit: options must be among 'epochs' or 'rate', got 'epoch' or 'Rate'"),
  );
  expect(() => checkOptions("fit", undefined, ["epochs"])).toThrow(
    new TypeError("fit: options must be an object, got undefined"),
  );
  expect(() => checkOptions("fit", [1], ["epochs"])).toThrow("fit: options must be an object, got [1]");
});

test("a generator has the methods that its user calls", () => {
  const rng = { normal: () => {}, fork: () => {} };
  expect(() => checkRng("fit", rng, "normal", "fork")).not.toThrow();
  expect(() => checkRng("fit", rng, "fill")).toThrow(TypeError);
  expect(() => checkRng("fit", undefined, "fork")).toThrow(
    "fit: rng must be a generator, as createRng(seed) of @igr/core makes one, got undefined",
  );
});

test("values are described by kind", () => {
  expect(describeValue((x: number) => x)).toBe("function without a name");
  expect(describeValue({ type: "igr" })).toBe('{"type":"igr"}');
  expect(describeValue(Object.create(null))).toBe("{}");
  expect(describeValue(new Map())).toBe("an instance of Map");
});
