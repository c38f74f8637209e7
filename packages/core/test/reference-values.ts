import { readFileSync } from "node:fs";

/** The float64 values that a generator in test/reference wrote; infinities and NaN are strings in JSON. */
export function loadReference<T>(name: string): T {
  const text = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text, (_, value) =>
    ["Infinity", "-Infinity", "NaN"].includes(value) ? Number(value) : value,
  ) as T;
}
