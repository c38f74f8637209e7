import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, linksOf, readmes, resolveLink, root } from "../src/pages.mjs";

const read = (source: string) => readFileSync(join(root, source), "utf8");

test.each(readmes)("the links of %s lead somewhere, their anchors too", (source) => {
  for (const { target } of linksOf(read(source))) {
    if (source === "apps/docs/home.md") continue; // links of the site: its build checks them
    const link = resolveLink(source, target);
    if (link.kind === "page" && link.anchor) expect([...anchorsOf(read(link.source!))], target).toContain(link.anchor);
  }
});

test("a link to nothing, and one within a code block, are told apart", () => {
  expect(() => resolveLink("README.md", "docs/absent.md")).toThrow("README.md: the link docs/absent.md leads nowhere");
  expect(linksOf("[a](b.md)\n```ts\nx[0](c.md)\n```\n`[d](e.md)`").map(({ target }) => target)).toEqual(["b.md"]);
  expect([...anchorsOf("# A b\n## `fit` of c, d\n```\n# no\n```\n")]).toEqual(["a-b", "fit-of-c-d"]);
});
