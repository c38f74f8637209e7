import { readdirSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import * as bijectors from "../src/index.js";

/**
 * Runs the examples of the doc comments. Where a line is an expression whose comment begins with numbers, as in
 * `new Exp().forward([0, 1]); // [1, 2.7183]`, they must be its value to the digits that are printed.
 */
const source = new URL("../src/", import.meta.url);
const examples = readdirSync(source)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, source), "utf8");
    return Array.from(text.matchAll(/@example\n \* ```ts\n([\s\S]*?)\n \* ```/g), ([, block]) => ({
      file,
      code: (block as string).replace(/^ \* ?/gm, ""),
    }));
  });

const numbers = String.raw`-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|Infinity)`;
const line = new RegExp(
  String.raw`^(?!const |let |return |import )(\S.*); // (\[${numbers}(?:, ${numbers})*\]|${numbers})(?=$|[\s,;])`,
);

function checked(code: string): string {
  return code
    .split("\n")
    .map((text) => {
      const [, expression, expected] = line.exec(text) ?? [];
      return expression ? `check(${expression}, ${JSON.stringify(expected)});` : text;
    })
    .join("\n");
}

test.each(examples)("the example in $file holds", ({ code }) => {
  let checks = 0;
  const check = (value: tf.Tensor | number, expected: string) => {
    const digits = expected.replace(/[[\]]/g, "").split(", ");
    const actual = typeof value === "number" ? [value] : Array.from(value.dataSync());
    expect(actual.length).toBe(digits.length);
    for (const [index, text] of digits.entries()) {
      const decimals = text.split(".")[1]?.length ?? 0;
      expect(Math.abs(actual[index]! - Number(text))).toBeLessThanOrEqual(0.5001 * 10 ** -decimals + 1e-6);
    }
    checks++;
  };
  const scope: Record<string, unknown> = { ...bijectors, tf, check };
  new Function(...Object.keys(scope), checked(code))(...Object.values(scope));
  expect(checks).toBe(code.split("\n").filter((text) => line.test(text)).length);
});

test("there are examples, and some of them state numbers", () => {
  expect(examples.length).toBeGreaterThan(10);
  expect(examples.filter(({ code }) => code.split("\n").some((text) => line.test(text))).length).toBeGreaterThan(10);
});
