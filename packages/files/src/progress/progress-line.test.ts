import { expect, test } from "vitest";
import { ProgressLine } from "./progress-line.js";

function recorded(stream: { isTTY?: boolean; columns?: number }, redrawMilliseconds = 0) {
  const written: string[] = [];
  const clock = { now: 0 };
  const now = () => clock.now;
  const line = new ProgressLine({
    stream: { ...stream, write: (text) => written.push(text) },
    now,
    redrawMilliseconds,
  });
  return { written, clock, line };
}

test("a log gets the state every 30 seconds and each sentence immediately, without control characters", () => {
  const { written, clock, line } = recorded({});
  for (clock.now = 0; clock.now <= 61_000; clock.now += 500) line.show(`${clock.now / 1000} s`);
  line.say("done");
  line.clear();
  line.show("too early");
  expect(written).toEqual(["30 s\n", "60 s\n", "done\n"]);
});

test("a terminal has one line, redrawn at the given interval, never wider than the terminal, and removed for sentences", () => {
  const { written, clock, line } = recorded({ isTTY: true, columns: 10 }, 100);
  line.show("0123456789");
  clock.now = 50;
  line.show("too early");
  clock.now = 100;
  line.show("012345678");
  line.say("sentence");
  line.clear();
  line.show("at once");
  const erase = "\r\u001b[2K";
  expect(written).toEqual([`${erase}01234567…`, `${erase}012345678`, erase, "sentence\n", `${erase}at once`]);
});
