import { expect, test } from "vitest";
import { formatCount, formatDuration, formatTable } from "./format.js";

test.each([
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [12.4, "12 s"],
  [59.6, "1:00"],
  [185, "3:05"],
  [3753, "1:02:33"],
])("%d seconds read %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("counts have their thousands separated", () => {
  expect(formatCount(1234567.4)).toBe("1,234,567");
});

test("a table aligns the first column left and the others right", () => {
  expect(
    formatTable([
      ["", "IGR", "GS"],
      ["ELBO", "-100.45", "-121.9"],
    ]),
  ).toBe(["           IGR       GS", "ELBO   -100.45   -121.9"].join("\n"));
});
