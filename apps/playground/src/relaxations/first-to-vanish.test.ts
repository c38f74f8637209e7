import { expect, test } from "vitest";
import { firstToVanish } from "./first-to-vanish.js";

test("of two curves that pass one half between the same temperatures, the steeper one is first", () => {
  const curves = [
    { name: "later", values: [[1, 0] as const, [0.1, 0.5] as const] },
    { name: "first", values: [[1, 0] as const, [0.1, 1] as const] },
  ];
  const first = firstToVanish(curves)!;
  expect(first.name).toBe("first");
  expect(first.temperature).toBeCloseTo(Math.sqrt(0.1), 12);
});

test("a curve that begins above one half passes it at its first temperature, and others never pass it", () => {
  expect(firstToVanish([{ name: "all", values: [[1, 0.7]] }])).toEqual({ name: "all", temperature: 1 });
  expect(
    firstToVanish([
      {
        name: "none",
        values: [
          [1, 0],
          [0.1, 0.4],
        ],
      },
    ]),
  ).toBeUndefined();
  expect(firstToVanish([])).toBeUndefined();
});
