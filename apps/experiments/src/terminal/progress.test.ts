import { expect, test } from "vitest";
import { Progress, progressLine } from "./progress.js";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) };
  const progress = new Progress(stream, () => now);
  return { written, progress, wait: (milliseconds: number) => (now += milliseconds) };
}

const state = { label: "epoch 1/3", done: 1, total: 4, detail: "loss 201.30" };

test("a line shows the share done, the detail and the time left", () => {
  expect(progressLine(state, 10, 120)).toBe(`epoch 1/3 ${"█".repeat(6)}${"░".repeat(18)} 1/4  loss 201.30  30 s left`);
});

test("a narrow terminal gets a narrower bar, then no bar, then no detail, and never a truncated number", () => {
  const line = (columns: number) =>
    progressLine({ ...state, done: 400, total: 937, detail: "loss 201.30  1,234 images/s" }, 10, columns);
  expect(line(80)).toBe(`epoch 1/3 ${"█".repeat(8)}${"░".repeat(10)} 400/937  loss 201.30  1,234 images/s  13 s left`);
  expect(line(65)).toBe("epoch 1/3 400/937  loss 201.30  1,234 images/s  13 s left");
  expect(line(40)).toBe("epoch 1/3 400/937  13 s left");
  expect(line(20)).toBe("400/937");
  expect(line(5)).toBe("");
  for (let columns = 1; columns < 130; columns += 1) {
    expect(line(columns).length).toBeLessThanOrEqual(Math.max(0, columns - 3));
  }
});

test("the last state is shown even if it follows immediately, because an evaluation without steps comes next", () => {
  const { written, progress } = recorder(true);
  progress.update({ ...state, done: 3 });
  progress.update({ ...state, done: 4 }, { isLast: true });
  expect(written.at(-1)).toContain("4/4");
});

test("a terminal's line is redrawn at most ten times a second and removed in the end", () => {
  const { written, progress, wait } = recorder(true);
  for (let step = 1; step <= 40; step += 1) {
    progress.update({ ...state, done: step, total: 40 });
    wait(10);
  }
  expect(written).toHaveLength(4);
  expect(written.every((text) => text.startsWith("\r\u001b[2K") && !text.includes("\n"))).toBe(true);
  progress.clear();
  expect(written.at(-1)).toBe("\r\u001b[2K");
});

test("a pipe gets a plain line every 30 seconds", () => {
  const { written, progress, wait } = recorder(false);
  for (let step = 1; step <= 70; step += 1) {
    wait(1000);
    progress.update({ ...state, done: step, total: 70 });
  }
  expect(written).toHaveLength(2);
  expect(written[0]).not.toContain("\u001b");
  progress.clear();
  expect(written).toHaveLength(2);
});
