/** Readable seconds: `0.4 s`, `12 s`, `3:05`, `1:02:33`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => `${value}`.padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/** A count with thousands separated, the same in every locale: `12,345`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Rows of text as columns: the first left-aligned, the others right-aligned. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, k) => Math.max(...rows.map((row) => (row[k] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0)))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

/** Rows of a name, a value and a description, in columns; values are right-aligned. */
export function formatList(rows: readonly (readonly [name: string, value: string, words: string])[]): string {
  const widthOf = (k: 0 | 1) => Math.max(0, ...rows.map((row) => row[k].length));
  const [first, second] = [widthOf(0), widthOf(1)];
  return rows
    .map(([name, value, words]) => `${name.padEnd(first)}   ${value.padStart(second)}   ${words}`.trimEnd())
    .join("\n");
}
