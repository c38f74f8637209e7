// Storage of measured numbers.
import { writeFileSync } from "node:fs";

/** The file with a name among the results. */
export function kept(name) {
  return new URL(`../../../../docs/results/${name}`, import.meta.url);
}

/**
 * Writes results with a limited number of digits, because further digits depend on the machine. Numbers that JSON lacks
 * are words.
 * Long lists are only for programs, and not indented.
 */
export function keep(file, results, digits, indent = 1) {
  const rounded = (_, value) => {
    if (typeof value !== "number") return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : `${value}`;
  };
  writeFileSync(file, `${JSON.stringify(results, rounded, indent)}\n`);
}
