import { afterEach, expect, test, vi } from "vitest";
import { type RunEvent, throttled } from "./events.js";

afterEach(() => vi.restoreAllMocks());

test("frequent events pass one per interval, and all others at once", () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const told: unknown[] = [];
  const tell = throttled(200, (event) => told.push(`${now} ${event.kind}`));
  const step: RunEvent = { kind: "step", epoch: 1, step: 1, stepsPerEpoch: 9, loss: 0, imagesPerSecond: 1 };
  for (const time of [0, 100, 199, 200, 350]) {
    now = time;
    tell(step);
    if (time === 199) tell({ kind: "measuring" });
  }
  expect(told).toEqual(["0 step", "199 measuring", "200 step"]);
});
