import { expect, test } from "vitest";
import { splitsOf } from "./throughput.js";

test("cores are divided into equal parts, one run with all of them first", () => {
  expect(splitsOf(1)).toEqual([{ processes: 1, threads: 1 }]);
  expect(splitsOf(6)).toEqual([
    { processes: 1, threads: 6 },
    { processes: 2, threads: 3 },
    { processes: 3, threads: 2 },
    { processes: 6, threads: 1 },
  ]);
});
