import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

const lineWidth = 120;
const sources = execFileSync("git", ["ls-files", "*.ts", "*.mts", "*.tsx", "*.mjs"], { encoding: "utf8" })
  .trim()
  .split("\n")
  .filter((file) => !file.includes("fixtures/"));

const parse = (file: string, text: string) => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
/** Every source, parsed once for all rules. */
const parsed = sources.map((file) => parse(file, readFileSync(file, "utf8")));

/** The body of an `if` without an `else`, or of a loop. */
function onlyBody(node: ts.Node): ts.Statement | undefined {
  if (ts.isIfStatement(node)) {
    const isElseIf = ts.isIfStatement(node.parent) && node.parent.elseStatement === node;
    return node.elseStatement || isElseIf ? undefined : node.thenStatement;
  }
  const isLoop = ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node);
  return isLoop || ts.isWhileStatement(node) ? node.statement : undefined;
}

const isSimple = (statement: ts.Statement) =>
  ts.isExpressionStatement(statement) ||
  ts.isReturnStatement(statement) ||
  ts.isThrowStatement(statement) ||
  ts.isContinueStatement(statement) ||
  ts.isBreakStatement(statement);

/** Lines whose braces differ from the rule of the test below. */
function strayBraces(source: ts.SourceFile): string[] {
  const { fileName: file, text } = source;
  const found: string[] = [];
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    const body = onlyBody(node);
    if (body && !ts.isBlock(body) && lineOf(node.getStart()) !== lineOf(body.getEnd())) {
      found.push(`${file}:${lineOf(node.getStart())} needs braces: its body does not end on its line`);
    }
    if (body && ts.isBlock(body) && body.statements.length === 1) {
      const statement = body.statements[0] as ts.Statement;
      const inBraces = text.slice(body.getStart() + 1, body.getEnd() - 1);
      const head = text.slice(node.getStart(), body.getStart());
      const isOneLine = inBraces.trim() === statement.getText() && !`${head}${statement.getText()}`.includes("\n");
      const width = source.getLineAndCharacterOfPosition(node.getStart()).character + head.length;
      if (isSimple(statement) && isOneLine && width + statement.getText().length <= lineWidth) {
        found.push(`${file}:${lineOf(node.getStart())} needs no braces: head and body fit on one line`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("the rule finds a body on the next line and braces around one short statement", () => {
  const text =
    "if (a)\n  b();\nif (a) {\n  b();\n}\nif (a) b();\nif (a) {\n  // why\n  b();\n}\nif (a) {\n  b();\n} else c();\n";
  expect(strayBraces(parse("a.ts", text)).map((line) => line.split(" ")[0])).toEqual(["a.ts:1", "a.ts:3"]);
});

test("braces stand where a body does not fit on the line of its `if` or loop, and nowhere else", () => {
  expect(sources.length).toBeGreaterThan(500);
  expect(parsed.flatMap(strayBraces)).toEqual([]);
});

/** Members that are private by the keyword. A constructor can be private in no other way. */
function privateByKeyword(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    if (!ts.isConstructorDeclaration(node) && modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) {
      found.push(
        `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} is private by keyword`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("the rule finds members and parameters that are private by keyword", () => {
  const text =
    "class A {\n  private a = 1;\n  #b = 2;\n  private constructor(\n    private readonly c: number,\n  ) {}\n  private get d() {}\n}\n";
  expect(privateByKeyword(parse("a.ts", text)).map((line) => line.split(" ")[0])).toEqual([
    "a.ts:2",
    "a.ts:5",
    "a.ts:7",
  ]);
});

test("a private member is a `#` name, in every package", () => {
  expect(parsed.flatMap(privateByKeyword)).toEqual([]);
});

test("no source or test has more than 300 lines", () => {
  const long = parsed.filter(({ text }) => text.split("\n").length - 1 > 300);
  expect(long.map(({ fileName }) => fileName)).toEqual([]);
});

test("a comment says what an option is by default", () => {
  const stray = parsed.filter(({ text }) => /[*.] Absent: /.test(text)).map(({ fileName }) => fileName);
  expect(stray).toEqual([]);
});
