import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { run, runNode } from "./process.js";
import { packages, root } from "./tarballs.js";

interface Release {
  readonly name: string;
  readonly oldVersion: string;
  readonly newVersion: string;
}

/** What `changeset version` would make of the changesets that wait. */
function plannedReleases(): Release[] {
  const folder = mkdtempSync(join(tmpdir(), "igr-releases-"));
  try {
    const file = join(folder, "status.json");
    // The option takes a path relative to the workspace, even where it is absolute.
    runNode(join(root, "node_modules/@changesets/cli/bin.js"), ["status", "--output", relative(root, file)], root);
    return (JSON.parse(readFileSync(file, "utf8")) as { releases: Release[] }).releases;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Versions stay at 0.0.0 until the first release. A peer range that the new versions leave would make a 1.0.0 of its package.
test("the first version of every package and of the app is 0.1.0", (context) => {
  try {
    run("git", ["rev-parse", "--verify", "--quiet", "main"], root); // changesets compares with it
  } catch {
    context.skip("first versions, since there is no branch main here; clone with git to run this test");
  }
  const unpublished = plannedReleases().filter(
    ({ oldVersion, newVersion }) => oldVersion === "0.0.0" && newVersion !== oldVersion,
  );
  expect(unpublished.filter(({ newVersion }) => newVersion !== "0.1.0")).toEqual([]);
});

test.each(packages)("packages/%s has keywords and its licence in its folder", (name) => {
  const folder = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { keywords?: string[] };
  expect(manifest.keywords?.length ?? 0).toBeGreaterThan(2);
  expect(readdirSync(folder)).toContain("LICENSE");
});
