import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readmes, root } from "../src/pages.mjs";

const readme = readFileSync(join(root, "README.md"), "utf8");
const ofPrograms = readmes.filter((file) => /^((packages|apps)\/[^/]+\/)?README\.md$/.test(file));

test("every package and app has a README", () => {
  expect(ofPrograms.length).toBeGreaterThan(11);
});

// Explanations belong to docs/guide; a README says what there is and where to read on.
test.each(ofPrograms)("%s has at most 100 lines", (file) => {
  expect(readFileSync(join(root, file), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(100);
});

test("its results are those of table 1 from the committed runs", () => {
  const table = readFileSync(join(root, "docs/results/README.md"), "utf8");
  /** For each model the cells of its first row, by the names of the columns. */
  const rows = (text: string, head: string) => {
    const [names, , ...body] = text.slice(text.indexOf(head)).split("\n\n", 1)[0]!.split("\n");
    const cells = (row: string) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
    return new Map(
      body
        .reverse()
        .map((row) => [cells(row)[0], Object.fromEntries(cells(row).map((cell, k) => [cells(names!)[k], cell]))]),
    );
  };
  const committed = rows(table, "| model | data | protocol |");
  const shown = rows(readme, "| model | paper, relaxed |");
  expect(shown.size).toBeGreaterThan(1);
  for (const [model, row] of shown) {
    const source = committed.get(model)!;
    expect([
      row["paper, relaxed"],
      row["relaxed ELBO"],
      row["hard ELBO"],
      row["IWAE-1000"],
      row["draws near a vertex"],
    ]).toEqual([source.paper, source["test ELBO"], source["hard ELBO"], source["IWAE-1000"], source["near a vertex"]]);
  }
});
