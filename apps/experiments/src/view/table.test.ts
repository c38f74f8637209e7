import { expect, test } from "vitest";
import { type Table, tableToCsv, tableToJson, tableToMarkdown, tableToText, wrapped } from "./table.js";

const table: Table = {
  name: "t",
  title: "Title",
  head: ["Cut down."],
  columns: [
    { key: "model", title: "model", align: "left" },
    { key: "elbo", title: "ELBO" },
  ],
  rows: [{ model: { text: 'a|b <i>, "c"' }, elbo: { text: "-1.0 ± 0.2", value: -1.0123 } }, { model: { text: "d" } }],
  notes: ["A note."],
};

test("Markdown aligns words left and numbers right, and escapes names", () => {
  expect(tableToMarkdown(table)).toBe(
    `## Title

Cut down.

| model | ELBO |
| --- | ---: |
| a\\|b &lt;i>, "c" | -1.0 ± 0.2 |
| d |  |

- A note.
`,
  );
});

test("CSV has numbers in full precision, and quotes as in RFC 4180", () => {
  expect(tableToCsv(table)).toBe('model,elbo\r\n"a|b <i>, ""c""",-1.0123\r\nd,\r\n');
});

test("JSON has null for an empty cell", () => {
  expect(tableToJson(table)).toMatchObject({
    rows: [{ elbo: -1.0123 }, { model: "d", elbo: null }],
    head: ["Cut down."],
  });
});

test("a terminal that is too narrow for columns gets lines, and nothing is truncated", () => {
  expect(tableToText(table, 80)).toContain('a|b <i>, "c"  -1.0 ± 0.2');
  const narrow = tableToText(table, 20);
  expect(narrow).toContain("  ELBO: -1.0 ± 0.2");
  expect(narrow).toContain('a|b <i>, "c"');
});

test("sentences break between words at the width of the terminal", () => {
  expect(wrapped("one two three four", 9)).toBe("one two\nthree\nfour");
  expect(wrapped("incomprehensibilities a", 5)).toBe("incomprehensibilities\na");
  expect(wrapped("one line", Number.POSITIVE_INFINITY)).toBe("one line");
});
