import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url);

/** The @igr packages among the dependencies of each package and app that has any. */
function dependenciesInManifests(): Record<string, string[]> {
  const folders = ["packages", "apps"].flatMap((kind) =>
    readdirSync(new URL(kind, root)).map((name) => [name, `${kind}/${name}/package.json`] as const),
  );
  const all = folders.map(([name, file]) => {
    const { dependencies = {} } = JSON.parse(readFileSync(new URL(file, root), "utf8")) as { dependencies?: object };
    const own = Object.keys(dependencies).filter((each) => each.startsWith("@igr/"));
    return [name, own.map((each) => each.slice("@igr/".length)).sort()] as const;
  });
  return Object.fromEntries(all.filter(([, own]) => own.length > 0));
}

test("the picture in docs/architecture.md has the dependencies of the manifests", () => {
  const text = readFileSync(new URL("docs/architecture.md", root), "utf8");
  const graph = /```mermaid\ngraph LR\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const drawn = graph
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" --> "))
    .map(([from, to = ""]) => [from, to.split(" & ").sort()] as const);
  expect(Object.fromEntries(drawn)).toEqual(dependenciesInManifests());
});
