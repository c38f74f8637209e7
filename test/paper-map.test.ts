import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// Equations 1 to 27, figures 1 to 12 and tables 1 to 4 are all that the paper numbers.
const numbered = { eq: 27, figure: 12, table: 4 };

const rows = readFileSync("docs/architecture.md", "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, what, symbol, file] = /^\| (.+) \| `(\w+)` \| `([\w./-]+)` \|$/.exec(line) ?? [];
    return what && symbol && file ? [{ what, symbol, file }] : [];
  });

test("every numbered equation, figure and table of the paper has a row", () => {
  const named = rows.map(({ what }) => what.split(" | ")[0]);
  for (const [kind, count] of Object.entries(numbered)) {
    for (let n = 1; n <= count; n++) expect(named).toContain(`${kind} ${n}`);
  }
});

describe.each(rows)("$what: $symbol in $file", ({ symbol, file }) => {
  test("the file exports the symbol, and so does its package", () => {
    expect(existsSync(file)).toBe(true);
    const declaration = new RegExp(
      `^export (?:abstract )?(?:async )?(?:class|const|function|interface|type) ${symbol}\\b`,
      "m",
    );
    expect(readFileSync(file, "utf8")).toMatch(declaration);
    const index = /^packages\/[\w-]+\/src\//.exec(file);
    // The app's studies are commands, and no library.
    if (index) expect(readFileSync(`${index[0]}index.ts`, "utf8")).toMatch(new RegExp(`\\b${symbol}\\b`));
  });
});
