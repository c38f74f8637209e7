import type { Measure } from "../run/measure-names.js";
import type { Cell } from "../view/table.js";
import { meanOf, standardErrorOf } from "./statistics.js";

/** A mean, with its standard error over seeds if there are at least two. */
export function spreadCell(values: readonly number[], unit: Measure["unit"]): Cell {
  const [mean, error] = [meanOf(values), standardErrorOf(values)];
  const factor = unit === "share" ? 100 : 1;
  const isWhole = unit === "count" && Number.isInteger(mean);
  const shown = (value: number) => (factor * value).toFixed(isWhole ? 0 : 1);
  const text = `${shown(mean)}${error === undefined ? "" : ` ± ${shown(error)}`}${unit === "share" ? " %" : ""}`;
  return { text, value: mean };
}
