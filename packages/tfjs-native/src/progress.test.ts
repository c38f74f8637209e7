import { expect, test } from "vitest";
import { Progress } from "./progress.js";

function recorded(options: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const clock = { now: 0 };
  const progress = new Progress({ ...options, write: (text) => written.push(text) }, () => clock.now);
  return { written, clock, progress };
}

test("in a pipe each step is a line, and a long step adds a line every 30 seconds", () => {
  const { written, clock, progress } = recorded();
  progress.step("Installing");
  for (clock.now = 0; clock.now <= 61_000; clock.now += 500) progress.detail(`${clock.now / 1000} s`);
  progress.note("noted");
  progress.step("Compiling");
  progress.done();
  expect(written).toEqual(["Installing\n", "  30 s\n", "  60 s\n", "noted\n", "Compiling\n"]);
  expect(written.join("")).not.toContain("\u001b");
});

test("a terminal has one line that is redrawn, never wider than the terminal, and stays with its duration", () => {
  const { written, clock, progress } = recorded({ isTTY: true, columns: 30 });
  progress.step("Installing");
  progress.detail("tensorflow_cpu 2.21.0: 132 of 272 MB");
  clock.now = 12_340;
  progress.step("Compiling");
  progress.fail();
  expect(written).toEqual([
    "\r\u001b[2KInstalling ...",
    "\r\u001b[2KInstalling  tensorflow_cpu 2…",
    "\r\u001b[2K",
    "Installing  12.3 s\n",
    "\r\u001b[2KCompiling ...",
    "\r\u001b[2K",
  ]);
});
