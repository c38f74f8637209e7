import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kernelNames, renderTable, TABLE_PATH } from "../../scripts/kernel-table.mjs";
import { supportedKernels } from "../../src/kernels/support.js";
import { unsupportedKernels } from "../../src/kernels/unsupported-kernels.js";

test("each kernel that tfjs names is supported, or has a reason why not", () => {
  const listed = [...Object.keys(supportedKernels), ...Object.keys(unsupportedKernels)];
  expect(listed.sort()).toEqual(kernelNames().sort());
});

test("the committed table is current (write it with node packages/jit/scripts/kernel-table.mjs)", () => {
  const table = renderTable(kernelNames(), supportedKernels, unsupportedKernels);
  expect(readFileSync(TABLE_PATH, "utf8")).toBe(table);
});
