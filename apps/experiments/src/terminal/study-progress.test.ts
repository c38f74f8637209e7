import { expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { plannedRun } from "../executor/executor.js";
import { StudyProgress } from "./study-progress.js";

const runs = [1, 2, 3, 4].map((seed) =>
  plannedRun(resolveConfiguration({ preset: "paper", data: { name: "fashion-mnist" }, epochs: 10, seed })),
);

function follow(stream: { isTTY?: boolean; columns?: number }) {
  let written = "";
  let seconds = 0;
  const progress = new StudyProgress(runs, { ...stream, write: (text) => (written += text) }, () => 1000 * seconds);
  const step = (k: number, epoch: number, at = 50) =>
    progress.onEvent(runs[k]!, {
      kind: "step",
      epoch,
      step: at,
      stepsPerEpoch: 100,
      loss: 123.456,
      imagesPerSecond: 4321,
    });
  return {
    progress,
    step,
    after: (more: number) => {
      seconds += more;
    },
    take: () => {
      const text = written;
      written = "";
      return text;
    },
  };
}

test("a terminal with 60 columns shows every run on its own line, with rate and time left, and redraws in place", () => {
  const { progress, step, after, take } = follow({ isTTY: true, columns: 60 });
  progress.onStart(runs[0]!);
  progress.onStart(runs[1]!);
  step(0, 1, 1);
  step(1, 1, 1);
  after(60);
  step(0, 2);
  after(1);
  step(1, 2);
  take();
  after(1);
  step(1, 2);
  const drawn = take();
  const lines = (drawn.split("\u001b[J").at(-1) ?? "").trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line.length).toBeLessThan(60);
  expect(lines[0]).toContain("IGR(0.50) fashion-mnist seed 1  2/10");
  // 3 of 40 epochs in 62 seconds: 2.9 a minute, 37 more take 764.7 seconds.
  expect(lines[2]).toBe("0/4 runs  7 %  2.9 epochs/min  12:45 left");
  expect(drawn).toContain("\u001b[3A");
  progress.clear();
  expect(take()).toBe("\u001b[3A\r\u001b[J");
});

test("epochs of an earlier process do not count for the pace", () => {
  const { progress, step, after, take } = follow({ isTTY: true, columns: 80 });
  progress.onStart(runs[0]!);
  after(1);
  step(0, 9, 1);
  after(59);
  take();
  step(0, 9, 100);
  expect(take()).toMatch(/ {2}1\.0 epochs\/min {2}31:00 left/);
});

test("a pipe gets plain lines, one at the end of each run and one every half minute", () => {
  const { progress, step, after, take } = follow({});
  progress.onStart(runs[0]!);
  for (let second = 0; second < 31; second += 1) {
    after(1);
    step(0, 1, second);
  }
  progress.onEnd(runs[0]!, { status: "trained" });
  progress.onEnd(runs[1]!, { status: "failed", message: "no" });
  const lines = take().trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^0\/4 runs {2}0 %/);
  expect(lines[1]).toBe("IGR(0.50) fashion-mnist seed 1: trained");
  expect(lines[2]).toBe("IGR(0.50) fashion-mnist seed 2 failed: no");
  expect(lines.join("")).not.toContain("\u001b");
});
