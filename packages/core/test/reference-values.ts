import { readFileSync } from "node:fs";

/** The float64 values that a generator in test/reference wrote; infinities are strings in JSON. */
export function loadReference<T>(name: string): T {
  const text = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text, (_, value) => (value === "Infinity" || value === "-Infinity" ? Number(value) : value)) as T;
}
