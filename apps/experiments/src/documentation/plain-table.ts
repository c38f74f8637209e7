import { markdownTable } from "../view/table.js";

/** A Markdown table of words and numbers: the first column, and columns of words, on the left, numbers on the right. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isText = (column: number) => rows.every((row) => !/^[-+]?[\d.]/.test(row[column] ?? "") && row[column] !== "");
  const columns = head.map((title, column) => ({
    title,
    align: column === 0 || isText(column) ? ("left" as const) : ("right" as const),
  }));
  return markdownTable(columns, rows);
}

/** Three significant digits, without an exponent where that is short. */
export function dense(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  return magnitude >= 1e5 || magnitude < 1e-3 ? value.toExponential(1) : `${Number(value.toPrecision(3))}`;
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value === 0 ? "0" : value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
}

export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
