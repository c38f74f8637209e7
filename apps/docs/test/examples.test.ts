import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { readmes, root } from "../src/pages.mjs";
import { asFunctionBody, codeBlocks, runBlock } from "./markdown-examples.js";

const blocks = readmes.flatMap(codeBlocks);
/** Needs native code. The package's own test sets it up, and type-checks and runs this program. */
const isNative = ({ source }: { source: string }) => source === "packages/tfjs-native/README.md";
const isScript = ({ language }: { language: string }) => ["ts", "tsx", "js", "mjs"].includes(language);
const run = blocks.filter((block) => isScript(block) && block.notRun === undefined && !isNative(block));

/**
 * The modules that the pages import. `@tensorflow/tfjs` is the union of these: one tfjs-core, its gradients and a
 * backend.
 */
const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  "@tensorflow/tfjs": async () => ({ ...tf, ...(await import("@tensorflow/tfjs-layers")) }),
  "@tensorflow/tfjs-core": async () => tf,
  "@tensorflow/tfjs-layers": () => import("@tensorflow/tfjs-layers"),
  "@tensorflow/tfjs-backend-cpu": () => import("@tensorflow/tfjs-backend-cpu"),
  "@igr/bijectors": () => import("@igr/bijectors"),
  "@igr/bijectors/layers": () => import("@igr/bijectors/layers"),
  "@igr/core": () => import("@igr/core"),
  "@igr/data-fashion-mnist": () => import("@igr/data-fashion-mnist"),
  "@igr/data-mnist": () => import("@igr/data-mnist"),
  "@igr/datasets": () => import("@igr/datasets"),
  "@igr/files": () => import("@igr/files"),
  "@igr/jit": () => import("@igr/jit"),
  "@igr/models": () => import("@igr/models"),
  "@igr/tensors": () => import("@igr/tensors"),
  "node:fs": () => import("node:fs"),
  "node:zlib": () => import("node:zlib"),
};

function load(specifier: string): Promise<unknown> {
  const module = modules[specifier];
  if (!module) throw new Error(`no module ${specifier} for the pages' examples; name it in examples.test.ts`);
  return module();
}

let folder: string;
const home = process.cwd();
beforeAll(async () => {
  await import("@tensorflow/tfjs-layers");
  await import("@tensorflow/tfjs-backend-cpu");
  folder = mkdtempSync(join(tmpdir(), "igr-pages-")); // examples write their files here
  process.chdir(folder);
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterEach(() => tf.disposeVariables());
afterAll(() => {
  vi.restoreAllMocks();
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Every export by its name, so that fragments of a README need no imports. A name has one meaning in all packages. */
async function namesAtHand(): Promise<Record<string, unknown>> {
  const packages = ["bijectors", "bijectors/layers", "core", "datasets", "files", "jit", "models", "tensors"];
  const all = await Promise.all(packages.map((name) => load(`@igr/${name}`)));
  return Object.assign({ tf: await load("@tensorflow/tfjs") }, ...all);
}

test.each(run)("the code at $source:$line runs", { timeout: 120_000 }, async (block) => {
  await runBlock(block, load, await namesAtHand());
});

describe("code that is not run here", () => {
  const others = blocks.filter((block) => isScript(block) && block.notRun !== undefined);

  test.each(others)("$source:$line is a valid program, and says why it is not run: $notRun", ({ code, notRun }) => {
    asFunctionBody(code);
    expect(notRun!.length).toBeGreaterThan(10);
  });

  test("is the minority", () => {
    expect(run.length).toBeGreaterThan(2 * others.length);
  });
});

test.each(blocks.filter(({ language }) => ["yaml", "json"].includes(language)))(
  "$source:$line is $language",
  ({ code }) => {
    expect(typeof parse(code)).toBe("object");
  },
);

describe("commands", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = blocks
    .filter(({ language }) => ["sh", "bash"].includes(language))
    .flatMap(({ code, source, line }) =>
      code
        .split("\n")
        .flatMap((each) => each.split("&&"))
        .map((command) => ({ source, line, command: command.replace(/#.*/, "").trim() })),
    )
    .filter(({ command }) => command !== "");

  test.each(commands)("$source:$line names an existing command: $command", ({ command }) => {
    const [, program] = /(?:^|\s)node ([^\s-]\S*)/.exec(command) ?? [];
    if (program && !program.startsWith("node_modules/")) expect(existsSync(join(root, program))).toBe(true);
    const [, script] = /^npm run (\S+)/.exec(command) ?? [];
    if (script) expect(Object.keys(scripts)).toContain(script);
    const [, built] = /^(?:npx )?pnpm (build|api|size|release)\b/.exec(command) ?? [];
    if (built) expect(Object.keys(scripts)).toContain(built);
  });

  test("there are commands", () => expect(commands.length).toBeGreaterThan(20));
});

test("every block says its language, or that it is text", () => {
  const known = [
    "ts",
    "js",
    "mjs",
    "tsx",
    "sh",
    "bash",
    "yaml",
    "json",
    "html",
    "text",
    "diff",
    "bibtex",
    "mermaid",
    "",
  ];
  expect(
    blocks.filter(({ language }) => !known.includes(language)).map(({ source, language }) => `${source}: ${language}`),
  ).toEqual([]);
});
