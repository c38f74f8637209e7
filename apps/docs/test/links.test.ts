import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, linksOf, readmes, resolveLink, root } from "../src/pages.mjs";

const read = (source: string) => readFileSync(join(root, source), "utf8");

test.each(readmes)("the links of %s and their anchors exist", (source) => {
  for (const { target } of linksOf(read(source))) {
    if (source === "apps/docs/home.md") continue; // links of the site: its build checks them
    const link = resolveLink(source, target);
    if (link.kind === "page" && link.anchor) expect([...anchorsOf(read(link.source!))], target).toContain(link.anchor);
  }
});

test("a dead link is an error, and links in code blocks are ignored", () => {
  expect(() => resolveLink("README.md", "docs/absent.md")).toThrow("README.md: the link docs/absent.md leads nowhere");
  expect(linksOf("[a](b.md)\n```ts\nx[0](c.md)\n```\n`[d](e.md)`").map(({ target }) => target)).toEqual(["b.md"]);
  expect([...anchorsOf("# A b\n## `fit` of c, d\n```\n# no\n```\n")]).toEqual(["a-b", "fit-of-c-d"]);
});
