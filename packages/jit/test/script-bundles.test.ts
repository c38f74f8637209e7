import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

/**
 * Bundles that are scripts (IIFE) or CommonJS: `import.meta` is an empty object there (esbuild), so nothing may use its url while a
 * module is loaded.
 */

const packages = fileURLToPath(new URL("../..", import.meta.url));

const sources = ["bijectors", "core", "data-fashion-mnist", "data-mnist", "datasets", "jit", "models"].flatMap(
  (name) => {
    const folder = join(packages, name, "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => join(folder, file));
  },
);

const metaAtTopLevel = (file: string): string[] => {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isMetaProperty(node)) found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.pos).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
};

test("no module of a library uses import.meta while it is loaded", () => {
  expect(sources.length).toBeGreaterThan(300);
  expect(sources.flatMap(metaAtTopLevel)).toEqual([]);
});

test("without an address there is no call site instead of a wrong one", async () => {
  const file = join(packages, "jit/src/trace/call-site.ts");
  const script = ts
    .transpileModule(readFileSync(file, "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    .outputText.replaceAll("import.meta", "{}");
  const module = (await import(`data:text/javascript,${encodeURIComponent(script)}`)) as {
    firstOwnFrame(stack: string): string | undefined;
    captureCallSite(): () => string | undefined;
  };
  expect(module.firstOwnFrame("Error\n    at step (/home/me/train.js:3:5)")).toBeUndefined();
  expect(module.captureCallSite()()).toBeUndefined();
});
