import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishedFolders, releases } from "../../scripts/release.mjs";
import { root } from "./tarballs.js";

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly homepage?: string;
  readonly bugs?: string;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly publishConfig?: { readonly access?: string };
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
const { repository, bugs } = manifestOf(".");
const site = repository!.url.replace(/^git\+|\.git$/g, "");

// Versions stay at 0.0.0 until the first release. A peer range that the new versions leave would make a 1.0.0 of its package.
test("the first version of every package and of the app is 0.1.0", async () => {
  const unpublished = (await releases()).filter(({ version }) => version === "0.0.0");
  expect(unpublished.filter(({ next }) => next !== "0.1.0")).toEqual([]);
});

test.each(publishedFolders())("%s says what it is, where it comes from and under which licence", (folder) => {
  const manifest = manifestOf(folder);
  expect(manifest.description?.length ?? 0).toBeGreaterThan(20);
  expect(manifest.keywords?.length ?? 0).toBeGreaterThan(2);
  expect(manifest.license).toBe(folder === "packages/data-mnist" ? "CC-BY-SA-3.0" : "MIT");
  // npm compares `repository` with the repository that signs the provenance.
  expect(manifest.repository).toEqual({ ...repository, directory: folder });
  expect(manifest.homepage).toBe(`${site}/tree/main/${folder}#readme`);
  expect(manifest.bugs).toBe(bugs);
  expect(manifest.publishConfig?.access).toBe("public");
  expect(readdirSync(join(root, folder))).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md"]));
  const readme = readFileSync(join(root, folder, "README.md"), "utf8");
  expect(readme).toContain("## Install");
  expect(readme).toMatch(new RegExp(`npm install[^\\n]* ${manifest.name}(\\s|\`|$)`, "m"));
  expect(readme).toMatch(/\b(From|In) a clone\b/);
});

test("the forms that people fill in name this repository and every package", () => {
  const forms = join(root, ".github/ISSUE_TEMPLATE");
  expect(readFileSync(join(forms, "config.yml"), "utf8")).toContain(site);
  const form = readFileSync(join(forms, "wrong-result.yml"), "utf8");
  for (const folder of publishedFolders().filter((each) => !each.includes("/data-"))) {
    expect(form).toContain(manifestOf(folder).name);
  }
});

test("workflows run actions by their commits, and keep no credentials in the checkout", () => {
  const folder = join(root, ".github/workflows");
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action as string);
    expect(
      actions.filter((action) => !/@[0-9a-f]{40}$/.test(action)),
      file,
    ).toEqual([]);
    const checkouts = actions.filter((action) => action.startsWith("actions/checkout@")).length;
    expect(text.split("persist-credentials: false").length - 1, file).toBe(checkouts);
  }
});

test("the citation has the version, the address and the paper", () => {
  const citation = readFileSync(join(root, "CITATION.cff"), "utf8");
  expect(citation).toContain(`repository-code: ${site}`);
  expect(citation).toContain("Invertible Gaussian Reparameterization: Revisiting the Gumbel-Softmax");
});
