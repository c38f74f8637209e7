import fc from "fast-check";
import { expect, test } from "vitest";
import { parseShare, shareOf, takeShare } from "./share.js";

test("shares are disjoint, of similar size, and complete", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 20 }), (size, count) => {
      const items = Array.from({ length: size }, (_, k) => k);
      const shares = Array.from({ length: count }, (_, index) => takeShare(items, { index, count }));
      expect(shares.flat().sort((a, b) => a - b)).toEqual(items);
      const sizes = shares.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test("SLURM arrays may begin at any number, Kubernetes' indexed jobs begin at 0", () => {
  const slurm = { SLURM_ARRAY_TASK_ID: "5", SLURM_ARRAY_TASK_COUNT: "4", SLURM_ARRAY_TASK_MIN: "3" };
  expect(shareOf(slurm)).toEqual({ index: 2, count: 4 });
  expect(shareOf({ JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "2" })).toEqual({ index: 0, count: 2 });
  expect(parseShare("7/8")).toEqual({ index: 7, count: 8 });
});

test.each([
  [{}, "there is no SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX in the environment; pass --index i/n"],
  [{ JOB_COMPLETION_INDEX: "0" }, "JOB_COMPLETIONS is not; set it"],
  [{ SLURM_ARRAY_TASK_ID: "9", SLURM_ARRAY_TASK_COUNT: "4" }, "must be a number from 0 to 3, the last of 4, got 9"],
])("%j is refused", (environment, sentence) => {
  expect(() => shareOf(environment)).toThrow(sentence);
});

test.each(["8/8", "1", "-1/2", "a/b", "1/0"])("--index %s is refused", (text) => {
  expect(() => parseShare(text)).toThrow(/--index must be/);
});
