import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import ts from "typescript";
import { expect } from "vitest";
import { root } from "../src/pages.mjs";

/** A block of code in a Markdown file. */
export interface CodeBlock {
  readonly source: string;
  /** First line of its code in the file, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Why it is not run, from a comment `<!-- not run: ... -->` before it. */
  readonly notRun: string | undefined;
  /** The code of comments `<!-- example setup ... -->` above it. */
  readonly setup: string;
}

/** All fenced blocks of a file. */
export function codeBlocks(source: string): CodeBlock[] {
  const text = readFileSync(join(root, source), "utf8");
  const found: CodeBlock[] = [];
  let setup = "";
  const parts = /<!-- example setup\n([\s\S]*?)-->|(?:<!-- not run: (.*?) -->\n+)?^(```+)([^\n]*)\n([\s\S]*?)^\3$/gm;
  for (const { 1: given, 2: notRun, 3: fence, 4: info, 5: code, index, 0: all } of text.matchAll(parts)) {
    if (given !== undefined) {
      setup += given;
      continue;
    }
    const before = text.slice(0, index + all.indexOf(`${fence}${info}`));
    const [language = ""] = (info as string).trim().split(" ");
    found.push({ source, line: before.split("\n").length + 1, language, code: code as string, notRun, setup });
  }
  return found;
}

const number = String.raw`-?(?:\d[\d,]*(?:\.\d+)?(?:e-?\d+)?|Infinity)`;
const numbers = new RegExp(String.raw`^\s*(\[${number}(?:, ${number})*\](?=$|[\s,;(])|${number}(?=$|[,;:]))`);

/**
 * A block as a function body: imports become `await load(...)`; a call whose comment begins with numbers, as in
 * `relaxed.mean(); // [0.2, 0.8]`, becomes a check of its value.
 */
export function asFunctionBody(code: string): { readonly body: string; readonly checks: number } {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ES2022, true);
  let [body, checks] = ["", 0];
  for (const statement of file.statements) {
    const text = statement.getText(file);
    const rest = code.slice(statement.end).split("\n", 1)[0] as string;
    const [, promised] = numbers.exec(/^\s*\/\/(.*)$/.exec(rest)?.[1] ?? "") ?? [];
    if (ts.isImportDeclaration(statement)) {
      body += importAsLoad(statement);
    } else if (promised !== undefined && ts.isExpressionStatement(statement)) {
      const { expression } = statement;
      const isPrint =
        ts.isCallExpression(expression) && /^console\.log$|\.print$/.test(expression.expression.getText(file));
      body += isPrint ? `${text}\n` : `check(${expression.getText(file)}, ${JSON.stringify(promised)});\n`;
      checks += isPrint ? 0 : 1;
    } else {
      body += `${text}\n`;
    }
  }
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, isolatedModules: true };
  const { outputText, diagnostics } = ts.transpileModule(`async function f() {\n${body}\n}`, {
    compilerOptions: options,
    reportDiagnostics: true,
  });
  expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
  return {
    body: outputText.slice(
      outputText.indexOf("{") + 1,
      outputText.replace(/export \{\s*\};?\s*$/, "").lastIndexOf("}"),
    ),
    checks,
  };
}

function importAsLoad({ importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  const module = `await load(${moduleSpecifier.getText()})`;
  if (!importClause) return `${module};\n`;
  const { name, namedBindings, isTypeOnly } = importClause;
  if (isTypeOnly) return "";
  const parts: string[] = name ? [`default: ${name.text}`] : [];
  if (namedBindings && ts.isNamespaceImport(namedBindings)) return `const ${namedBindings.name.text} = ${module};\n`;
  for (const { name: local, propertyName, isTypeOnly: isType } of namedBindings?.elements ?? []) {
    if (!isType) parts.push(propertyName ? `${propertyName.text}: ${local.text}` : local.text);
  }
  return `const { ${parts.join(", ")} } = ${module};\n`;
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** Runs a block after its setup; names of the block may hide those of the setup. */
export async function runBlock(
  { code, setup }: CodeBlock,
  load: (specifier: string) => Promise<unknown>,
  names: Readonly<Record<string, unknown>>,
): Promise<void> {
  const before = asFunctionBody(setup).body;
  const { body, checks } = asFunctionBody(code);
  let checked = 0;
  const check = (value: tf.Tensor | number | ArrayLike<number>, promised: string) => {
    const digits = promised.replace(/[[\]]/g, "").split(", ");
    const given = typeof value === "number" ? [value] : value;
    // For large tensors a comment has the shape.
    if (typeof given === "object" && "shape" in given && given.size !== digits.length) {
      expect(`[${given.shape.join(", ")}]`).toBe(promised);
      checked++;
      return;
    }
    const actual = Array.from("dataSync" in given ? given.dataSync() : given);
    expect(actual.length, promised).toBe(digits.length);
    for (const [index, each] of digits.entries()) {
      const text = each.replaceAll(",", "");
      const decimals = text.split(".")[1]?.length ?? 0;
      const difference = Math.abs((actual[index] as number) - Number(text));
      if (actual[index] !== Number(text)) {
        expect(difference, promised).toBeLessThanOrEqual(0.5001 * 10 ** -decimals + 1e-6);
      }
    }
    checked++;
  };
  const scope = { ...names, load, check };
  // Nested blocks: a setup may redeclare a provided name, and the example a name of the setup.
  await new AsyncFunction(...Object.keys(scope), `{\n${before}\n{\n${body}\n}\n}`)(...Object.values(scope));
  expect(checked).toBe(checks);
}
