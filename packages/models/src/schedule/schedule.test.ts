import { describe, expect, test } from "vitest";
import { checkSchedule, finalValue, type Schedule, scheduleAt } from "./schedule.js";

describe("scheduleAt", () => {
  test.each<[Schedule, number[]]>([
    [0.7, [0.7, 0.7, 0.7, 0.7]],
    [{ kind: "constant", value: 0.3 }, [0.3, 0.3, 0.3, 0.3]],
    [{ kind: "linear", from: 1, to: 0.5, steps: 100 }, [1, 0.875, 0.5, 0.5]],
    [{ kind: "linear", from: 0, to: 8, steps: 100, max: 3 }, [0, 2, 3, 3]],
    // 0.25^(1/4) = 0.7071
    [{ kind: "exponential", from: 1, to: 0.25, steps: 100 }, [1, Math.SQRT1_2, 0.25, 0.25]],
    // (1 + cos(pi / 4)) / 2 = 0.853553
    [{ kind: "cosine", from: 1, to: 0, steps: 100 }, [1, 0.8535533905932737, 0, 0]],
  ])("of %j", (schedule, expected) => {
    const values = [0, 25, 100, 1e9].map((step) => scheduleAt(schedule, step));
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
    expect(finalValue(schedule)).toBe(expected.at(-1));
  });
});

test.each<[unknown, string]>([
  [Number.NaN, "fit: temperature must be a finite number, got NaN"],
  [{ kind: "steps" }, "fit: temperature.kind must be 'constant', 'linear', 'exponential' or 'cosine', got 'steps'"],
  [{ kind: "linear", from: 0, to: 1, steps: 0 }, "fit: temperature.steps must be a whole number >= 1, got 0"],
  [
    { kind: "exponential", from: 0, to: 1, steps: 5 },
    "fit: temperature must be an exponential schedule between two numbers",
  ],
])("refuses %j", (schedule, message) => {
  expect(() => checkSchedule("fit", "temperature", schedule as Schedule)).toThrow(message);
});
