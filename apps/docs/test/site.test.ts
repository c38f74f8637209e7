import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pageOf, root, sources } from "../src/pages.mjs";

const folder = mkdtempSync(join(tmpdir(), "igr-docs-"));

// A dead link of a page, or of the site's menus in Markdown, fails the build.
beforeAll(() => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "apps/docs/src/build.mjs"), "--without-api"],
    { cwd: root, encoding: "utf8", env: { ...process.env, IGR_DOCS_OUT: folder, NODE_ENV: "production" } },
  );
  if (status !== 0) throw new Error(`the site was not built:\n${stdout}\n${stderr}`);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (page: string) => readFileSync(join(folder, `${page}.html`), "utf8");

test.each(sources)("%s is a page with its own text", (source) => {
  const heading = /^# +(.*)$/m.exec(readFileSync(join(root, source), "utf8"))?.[1]?.replace(/[`*]/g, "");
  const html = read(pageOf(source));
  if (heading) {
    expect(html).toContain(
      heading
        .replaceAll("&", "&amp;")
        .split(/[<>"']/)[0]!
        .trim(),
    );
  }
  expect(html.includes("<main") || html.includes("VPHome")).toBe(true);
});

const config = readFileSync(join(root, "apps/docs/.vitepress/config.mjs"), "utf8");
const links = [...config.matchAll(/item\("[^"]+", "\/([^"]*)"\)/g)].map(([, link]) => link as string);

test.each(sources.filter((source) => /^docs\/(guide\/)?[^/]+$/.test(source)))("%s is in the menus", (source) => {
  expect(links).toContain(pageOf(source));
});

test("every entry of the menus is a page", () => {
  expect(links.length).toBeGreaterThan(20);
  for (const link of links) read(link.endsWith("/") ? `${link}index` : link);
});

test("the search knows words of the guides and of the packages", () => {
  const assets = readdirSync(join(folder, "assets"), { recursive: true, encoding: "utf8" });
  const index = assets.find((file) => file.includes("localSearchIndex"));
  const text = readFileSync(join(folder, "assets", index as string), "utf8").toLowerCase();
  const words = ["registerkl", "fitprior", "bottleneck", "reproducing the paper"];
  expect(words.filter((word) => !text.includes(word))).toEqual([]);
});

test("pictures of the pages exist", () => {
  expect(readdirSync(join(folder, "docs/temperatures"))).toContain("figure-1.svg");
});
