import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { plannedRun } from "./executor.js";
import { SignsOfLife } from "./signs-of-life.js";
import { trainWithLives } from "./train-with-lives.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const MINUTE = 60_000;

test("a process without events and without work hangs after ten minutes", () => {
  const onHang = vi.fn();
  const signs = new SignsOfLife({ onHang });
  vi.advanceTimersByTime(9 * MINUTE);
  expect(onHang).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2 * MINUTE);
  expect(onHang).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60 * MINUTE);
  expect(onHang).toHaveBeenCalledTimes(1);
  signs.stop();
});

test("an event or a second of processor time is a sign of life; the seconds of an idle event loop are none", () => {
  const onHang = vi.fn();
  const signs = new SignsOfLife({ onHang });
  for (let minute = 1; minute <= 30; minute += 1) {
    vi.advanceTimersByTime(MINUTE);
    if (minute <= 15) signs.event();
    else signs.worked(0.2 * minute);
  }
  expect(onHang).not.toHaveBeenCalled();
  for (let minute = 1; minute <= 20; minute += 1) {
    vi.advanceTimersByTime(MINUTE);
    signs.worked(6 + 0.05 * minute);
  }
  expect(onHang).toHaveBeenCalledTimes(1);
});

test("a run whose process hangs continues in another process", async () => {
  vi.useRealTimers();
  const folder = await mkdtemp(join(tmpdir(), "igr-hang-"));
  try {
    const first = join(folder, "first");
    const program = join(folder, "process.mjs");
    // The first process answers nothing and does nothing; the second one ends its run.
    writeFileSync(
      program,
      `import { existsSync, writeFileSync } from "node:fs";
       process.on("message", () => {
         if (!existsSync(${JSON.stringify(first)})) return writeFileSync(${JSON.stringify(first)}, "");
         process.send({ kind: "end", status: "trained" });
         process.disconnect();
       });`,
    );
    const notices: string[] = [];
    const end = await trainWithLives(
      plannedRun(resolveConfiguration({ epochs: 1 })),
      { store: folder, engine: "auto", trackers: [] },
      { program, onNotice: (sentence) => notices.push(sentence), reportInterval: 50 },
    );
    expect(end).toEqual({ status: "trained" });
    expect(notices).toEqual([
      "IGR(0.50) mnist seed 1: its process gave no sign of life for ten minutes; it continues in another",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
