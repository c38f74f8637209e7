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

test("a line never reaches the terminal's last column, where it would wrap", () => {
  expect(progressLine(state, 10, 40)).toHaveLength(39);
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
