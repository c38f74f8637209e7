import { readdirSync, readFileSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs-core";
import ts from "typescript";
import { expect, test } from "vitest";

const numbers = String.raw`-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|Infinity)`;
const line = new RegExp(
  String.raw`^(?!const |let |return |import )(\S.*); // (\[${numbers}(?:, ${numbers})*\]|${numbers})(?=$|[\s,;])`,
);

/**
 * Runs the examples of the doc comments below `source`, with the names in `scope` at hand. Where a line is an expression
 * whose comment begins with numbers, as in `new Exp().forward([0, 1]); // [1, 2.7183]`, they must be its value to the
 * digits that are printed.
 */
export function testDocExamples(source: URL, scope: Readonly<Record<string, unknown>>, atLeast: number): void {
  const examples = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(new URL(`${source.href}/${file}`), "utf8");
      return Array.from(text.matchAll(/@example\n *\* ```ts\n([\s\S]*?)\n *\* ```/g), ([, block]) => ({
        file,
        code: (block as string).replace(/^ *\* ?/gm, ""),
      }));
    });

  test.each(examples)("the example in $file holds", async ({ code }) => {
    let checks = 0;
    const check = (value: tf.Tensor | number | number[] | Float32Array, expected: string) => {
      const digits = expected.replace(/[[\]]/g, "").split(", ");
      const given = typeof value === "number" ? [value] : value;
      const actual = Array.from("dataSync" in given ? given.dataSync() : given);
      expect(actual.length).toBe(digits.length);
      for (const [index, text] of digits.entries()) {
        const decimals = text.split(".")[1]?.length ?? 0;
        expect(Math.abs(actual[index]! - Number(text))).toBeLessThanOrEqual(0.5001 * 10 ** -decimals + 1e-6);
      }
      checks++;
    };
    const names = { ...scope, check };
    const { outputText } = ts.transpileModule(checked(code), { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
    await new AsyncFunction(...Object.keys(names), outputText)(...Object.values(names));
    expect(checks).toBe(code.split("\n").filter((text) => line.test(text)).length);
  });

  test(`there are at least ${atLeast} examples, and some of them state numbers`, () => {
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
    expect(examples.some(({ code }) => code.split("\n").some((text) => line.test(text)))).toBe(true);
  });
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

function checked(code: string): string {
  const lines = code.split("\n").map((text) => {
    // What an example imports is in the scope, or was imported by the test.
    if (text.startsWith("import ")) return "";
    const [, expression, expected] = line.exec(text) ?? [];
    return expression ? `check(${expression}, ${JSON.stringify(expected)});` : text;
  });
  // A block, so that an example may declare a name that is at hand.
  return `{\n${lines.join("\n")}\n}`;
}
