import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { calculate } from "./calculate.js";
import type { Calculation } from "./calculation.js";
import { keptBeside } from "./kept-calculations.js";

const folder = mkdtempSync(join(tmpdir(), "igr-calculations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;

function counted(settings: Record<string, unknown> = {}) {
  let computed = 0;
  const calculation: Calculation<{ value: number }> = {
    title: "a count",
    settings: { kind: "count", ...settings },
    compute: async () => {
      computed += 1;
      return { value: Number.POSITIVE_INFINITY };
    },
  };
  return { calculation, times: () => computed };
}

test("a calculation is computed once, stored under its settings, and read back unchanged", async () => {
  const kept = keptBeside(join(folder, "once"));
  const { calculation, times } = counted({ a: 1, b: 2 });
  const first = (await calculate([calculation, calculation], { kept, signal }))(calculation);
  expect(times()).toBe(1);
  expect(first?.result).toEqual({ value: null });
  const again = counted({ b: 2, a: 1 });
  expect((await calculate([again.calculation], { kept, signal }))(again.calculation)).toMatchObject({ ...first });
  expect(again.times()).toBe(0);
  const other = counted({ a: 1, b: 3 });
  expect((await calculate([other.calculation], { kept, signal, onlyKept: true }))(other.calculation)).toBeUndefined();
  expect(other.times()).toBe(0);
});

test("a damaged file is named, and not changed", async () => {
  const kept = keptBeside(join(folder, "damaged"));
  const { calculation } = counted();
  await calculate([calculation], { kept, signal });
  const [name = ""] = readdirSync(join(folder, "damaged", "calculations"));
  const file = join(folder, "damaged", "calculations", name);
  writeFileSync(file, "{");
  await expect(calculate([calculation], { kept, signal })).rejects.toThrow(`${file} is not JSON`);
  expect(readFileSync(file, "utf8")).toBe("{");
});

test("a signal ends it before the next calculation", async () => {
  const abort = new AbortController();
  const [first, second] = [counted({ k: 1 }), counted({ k: 2 })];
  const kept = keptBeside(join(folder, "signal"));
  const running = calculate(
    [
      {
        ...first.calculation,
        compute: async () => {
          abort.abort(new Error("stopped"));
          return { value: 1 };
        },
      },
      second.calculation,
    ],
    {
      kept,
      signal: abort.signal,
    },
  );
  await expect(running).rejects.toThrow("stopped");
  expect(second.times()).toBe(0);
  expect(readdirSync(join(folder, "signal", "calculations"))).toHaveLength(1);
});
