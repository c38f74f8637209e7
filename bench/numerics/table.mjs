// Cells and tables in Markdown.

/** First columns to the left, numbers to the right. */
export function table(head, rows) {
  const isText = (column) => rows.every((row) => !/^[-+]?[\d.]/.test(row[column]) && row[column] !== "");
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 || isText(column) ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Three significant digits, without an exponent where that is short. */
export function dense(value) {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  return magnitude >= 1e5 || magnitude < 1e-3 ? value.toExponential(1) : `${Number(value.toPrecision(3))}`;
}

export function percent(share) {
  const value = 100 * share;
  return `${value === 0 ? "0" : value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
}
