// Where measured numbers are kept, and how.
import { writeFileSync } from "node:fs";

/** The file of that name among the results. */
export function kept(name) {
  return new URL(`../../../../docs/results/${name}`, import.meta.url);
}

/**
 * Writes results with so many digits: what lies behind them depends on the machine. Numbers that JSON lacks are words.
 * Long lists are for programs alone, and not indented.
 */
export function keep(file, results, digits, indent = 1) {
  const rounded = (_, value) => {
    if (typeof value !== "number") return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : `${value}`;
  };
  writeFileSync(file, `${JSON.stringify(results, rounded, indent)}\n`);
}
