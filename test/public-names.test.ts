import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { packages, root } from "./packaging/tarballs.js";

/** Names that several packages export, each with something of its own behind it, and why that is right. */
const allowed: Readonly<Record<string, string>> = {
  Rng: "datasets states the part of a generator that batches use, and depends on no other package",
  DrawKind: "jit states the part of a generator that it uses; core implements it",
  DrawListener: "the hook by which core's generator tells jit of its draws, stated by both",
  Binarization: "models takes any source of images, and depends on datasets no more than jit does",
  Progress:
    "tfjs-native's class writes the progress of a setup; the interface of files is what programs tell of theirs",
  DataFile: "the data packages are interchangeable, and depend on nothing",
  trainImages: "the data packages are interchangeable",
  trainLabels: "the data packages are interchangeable",
  testImages: "the data packages are interchangeable",
  testLabels: "the data packages are interchangeable",
};

/** Exported name to the files that declare what is behind it, by the types that users get. */
function declarations(): Map<string, Set<string>> {
  const files = packages.flatMap((name) => {
    const folder = join(root, "packages", name);
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      exports: Record<string, { types?: string }>;
    };
    return Object.values(exports).flatMap(({ types }) => (types ? [join(folder, types)] : []));
  });
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    for (const symbol of checker.getExportsOfModule(module)) {
      const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const [declaration] = meant.declarations ?? [];
      const places = found.get(symbol.name) ?? new Set();
      found.set(symbol.name, places.add(declaration?.getSourceFile().fileName ?? "nowhere"));
    }
  }
  return found;
}

test("a name means one thing in all packages, but for those that say why not", () => {
  const names = declarations();
  expect(names.size).toBeGreaterThan(400);
  const several = [...names].filter(([, places]) => places.size > 1).map(([name]) => name);
  expect(several.sort()).toEqual(Object.keys(allowed).sort());
});
