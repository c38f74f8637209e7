import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

/** The one class of error for a mistake, by the sentence that tells it. */
const classes: readonly { readonly sentence: RegExp; readonly name: "RangeError" | "TypeError" }[] = [
  { sentence: /shapes? \[|of shape|formatShape\(|needs at least|must broadcast/, name: "RangeError" },
  { sentence: /\bdtype\b/, name: "TypeError" },
  {
    sentence: /exactly one of|exclude each other|must be given|is missing|needs samples|needs a fixed/,
    name: "TypeError",
  },
  { sentence: /must be (a function|an object|an array|a distribution|a tensor)\b/, name: "TypeError" },
  { sentence: /options must be among/, name: "TypeError" },
];

/** Checks of one number belong to these files, which tell a number that is not allowed from a value of another kind. */
const checks = /\/(check-number|check-options|parameter|value-check|numeric-input)\.ts$/;
const oneNumber = /must be (a finite number|a number|a whole number|an integer)\b(?! or)/;

interface Mistake {
  readonly at: string;
  readonly className: string;
  readonly sentence: string;
}

/** The RangeErrors and TypeErrors that a file makes. */
function mistakesIn(file: string, text: string): Mistake[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mistake[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const className = node.expression.getText();
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const sentence = node.arguments?.[0]?.getText() ?? "";
      if (className === "RangeError" || className === "TypeError") {
        found.push({ at: `${file}:${line}`, className, sentence });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function deviations({ at, className, sentence }: Mistake): string[] {
  const file = at.replace(/:\d+$/, "");
  const expected = classes.filter((each) => each.sentence.test(sentence));
  const isNumber = oneNumber.test(sentence) && !checks.test(file);
  return [
    ...(expected.length > 0 && !expected.some(({ name }) => name === className) ? [`${at} is a ${className}`] : []),
    ...(isNumber ? [`${at} checks a number by hand`] : []),
  ];
}

test("the rule finds a shape that is a TypeError and a number that is checked by hand", () => {
  const text = [
    "throw new TypeError(`f: x must be of shape [2]`);",
    "throw new RangeError(`f: x must be a finite number`);",
    "throw new TypeError(`f: x must be a tensor`);",
  ].join("\n");
  expect(mistakesIn("a.ts", text).flatMap(deviations)).toEqual([
    "a.ts:1 is a TypeError",
    "a.ts:2 checks a number by hand",
  ]);
});

test("one kind of mistake has one class of error in every package", () => {
  const files = execFileSync("git", ["ls-files", "packages/*/src/*.ts"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .filter((file) => !file.endsWith(".test.ts"));
  const mistakes = files.flatMap((file) => mistakesIn(file, readFileSync(file, "utf8")));
  expect(mistakes.length).toBeGreaterThan(150);
  expect(mistakes.flatMap(deviations)).toEqual([]);
});
