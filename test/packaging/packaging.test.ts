import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishedFolders } from "../../scripts/release.mjs";
import { Installed } from "./installed.js";
import { runNode, runNpm } from "./process.js";
import { packages, root, Tarballs } from "./tarballs.js";

const tfjs = { "@tensorflow/tfjs": "^4.22.0" };

/** What the README of each library tells its reader to install beside it. */
const beside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  files: {},
  tensors: tfjs,
  bijectors: tfjs,
  core: tfjs,
  datasets: { ...tfjs, "@igr/data-mnist": "" },
  jit: { ...tfjs, "onnxruntime-node": "^1.30.0" },
  models: { ...tfjs, "@igr/datasets": "", "@igr/data-mnist": "" },
};

let tarballs: Tarballs;
/** A project with all packages and all that their READMEs install beside them. */
let everything: string;
let installed: Installed;

beforeAll(() => {
  tarballs = new Tarballs();
  everything = tarballs.project("everything", {
    ...Object.assign({}, ...Object.values(beside)),
    ...Object.fromEntries([...packages, "experiments"].map((name) => [`@igr/${name}`, ""])),
  });
  installed = new Installed(everything);
});
afterAll(() => tarballs?.remove());

interface ListedByNpm {
  /** Absent for an optional dependency that is not installed. */
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, ListedByNpm>>;
}

/** Names of all installed packages, from npm's own list (which fails on a missing or invalid one). */
function installedNames(project: string): Set<string> {
  const names = new Set<string>();
  const visit = ({ dependencies = {} }: ListedByNpm) => {
    for (const [name, child] of Object.entries(dependencies)) {
      if (child.version !== undefined) names.add(name);
      visit(child);
    }
  };
  visit(JSON.parse(runNpm(["ls", "--all", "--json"], project)) as ListedByNpm);
  return names;
}

function filesUnder(project: string): string[] {
  return readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" }).map((path) =>
    path.replaceAll("\\", "/"),
  );
}

function firstExample(name: string): string {
  const readme = readFileSync(join(root, "packages", name, "README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (example === undefined) throw new Error(`packages/${name}/README.md has no ts example`);
  return example;
}

test("pnpm release --dry-run lists a tarball and its version for each package", () => {
  const rows = tarballs.released.split("\n").filter((row) => row.startsWith("@igr/"));
  expect(rows.length).toBe(publishedFolders().length);
  for (const row of rows) {
    const [name, now, next, tarball, files, size] = row.split(/ +/);
    expect(tarball).toBe(`${name!.replace("@", "").replace("/", "-")}-${next}.tgz`);
    expect(now).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Number(files)).toBeGreaterThan(5);
    expect(Number(size)).toBeGreaterThan(1);
  }
  expect(tarballs.released).toContain("nothing was published");
});

test.each(packages)("publint finds nothing in @igr/%s", async (name) => {
  const pkgDir = tarballs.unpack(name);
  const manifest = JSON.parse(readFileSync(join(pkgDir, "package.json"), "utf8"));
  const { messages } = await publint({ pkgDir, pack: false, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test.each(packages)("are-the-types-wrong finds nothing in @igr/%s", async (name) => {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarballs.file(name))));
  // The packages are ES modules: these two resolutions are for CommonJS.
  const isForCommonJs = (problem: object) =>
    "resolutionKind" in problem && (problem.resolutionKind === "node10" || problem.resolutionKind === "node16-cjs");
  expect(checked.types && checked.problems.filter((problem) => !isForCommonJs(problem))).toEqual([]);
});

test.each(packages)("@igr/%s carries its licence, its README and no workspace protocol", (name) => {
  const folder = tarballs.unpack(name);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md"]));
  expect(readFileSync(join(folder, "package.json"), "utf8")).not.toMatch(/workspace:|catalog:/);
});

test.each(Object.keys(beside))("the README's example of @igr/%s type-checks and runs in an empty project", (name) => {
  const project = installed.link(tarballs.folder(name), [`@igr/${name}`, ...Object.keys(beside[name] ?? {})]);
  writeFileSync(join(project, "example.ts"), firstExample(name));
  const options = ["--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
  runNode(join(root, "node_modules/typescript/bin/tsc"), [...options, "example.ts"], project);
  expect(runNode("example.js", [], project)).not.toBe("");

  if (!("@tensorflow/tfjs" in (beside[name] ?? {}))) return;
  const copies = filesUnder(project).filter((path) => path.endsWith("@tensorflow/tfjs-core/package.json"));
  expect(copies).toEqual(["@tensorflow/tfjs-core/package.json"]);
});

test("npm finds nothing missing or invalid where all packages are installed together", () => {
  expect([...installedNames(everything)]).toEqual(expect.arrayContaining(packages.map((name) => `@igr/${name}`)));
});

test("installing only @igr/core brings no native code and no other @igr packages than bijectors and tensors", () => {
  const project = tarballs.project("core-only", { "@igr/core": "", ...tfjs });
  const names = [...installedNames(project)].sort();
  expect(names.filter((name) => name.startsWith("@igr/"))).toEqual(["@igr/bijectors", "@igr/core", "@igr/tensors"]);
  // The projects of the other tests have what npm would install.
  const folders = installed.foldersOf(["@igr/core", ...Object.keys(tfjs)]);
  expect([...new Set(folders.map((folder) => folder.replace(/^.*node_modules\//, "")))].sort()).toEqual(names);
  expect(filesUnder(project).filter((path) => /\.(node|so|dll|dylib)$|binding\.gyp$/.test(path))).toEqual([]);
});

test("the igr command runs from its tarball, on the data packages that come with it", () => {
  const project = installed.link(tarballs.folder("app"), ["@igr/experiments"]);
  const program = join(project, "node_modules/@igr/experiments/bin/igr.mjs");
  expect(runNode(program, ["train", "--dry-run", "--latent", "gs"], project)).toMatch(/"kind": "gs"/);
  expect(runNode(program, ["runs", "list"], project)).not.toContain("Error");
});
