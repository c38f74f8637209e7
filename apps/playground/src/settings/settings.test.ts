import { expect, test } from "vitest";
import { clamp, fromQuery, INITIAL, RANGES, toQuery } from "./settings.js";

test("a query has the settings that differ from the initial ones, and is parsed back", () => {
  expect(toQuery(INITIAL)).toBe("");
  const settings = { ...INITIAL, temperature: 0.125, seed: 42, loc2: -1.5 };
  expect(toQuery(settings)).toBe("seed=42&temperature=0.125&loc2=-1.5");
  expect(fromQuery(toQuery(settings))).toEqual(settings);
});

test.each(["temperature=", "temperature=abc", "temperature=NaN", "unknown=3", "", "%%%"])(
  "%j changes nothing",
  (query) => {
    expect(fromQuery(query)).toEqual(INITIAL);
  },
);

test("values outside their range move to its nearest end", () => {
  expect(fromQuery("temperature=-5&scale1=1e9&seed=1.4")).toEqual({
    ...INITIAL,
    temperature: RANGES.temperature.min,
    scale1: RANGES.scale1.max,
    seed: 1,
  });
  expect(clamp("loc1", 0.1 + 0.2)).toBe(0.3);
});
