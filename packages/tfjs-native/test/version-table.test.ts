import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withVersionTable } from "../scripts/version-table.mjs";
import { triedTensorFlow } from "../src/tensorflow-versions.js";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const record: unknown = JSON.parse(read("versions.json"));

test("the README's table is that of versions.json (write it with node packages/tfjs-native/scripts/try-versions.mjs --only-table)", () => {
  const readme = read("README.md");
  expect(withVersionTable(readme, record)).toBe(readme);
  for (const version of triedTensorFlow) expect(readme).toContain(`| tensorflow-cpu ${version} | works |`);
});

test("a table is written between bare marks as well as over another", () => {
  const bare = withVersionTable("<!-- versions -->\n<!-- /versions -->\n", record);
  expect(bare).toContain("| works |");
  expect(withVersionTable(bare, record)).toBe(bare);
  expect(() => withVersionTable("no marks", record)).toThrow("lacks the lines <!-- versions -->");
});
