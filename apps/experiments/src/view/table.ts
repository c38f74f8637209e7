/** A value of a table: its text, and its number for programs. */
export interface Cell {
  readonly text: string;
  readonly value?: number | string | null;
}

/** A column; missing cells of a row are empty. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** Numbers are right-aligned (default), words left-aligned. */
  readonly align?: "left" | "right";
}

/**
 * A table independent of its format: {@link tableToMarkdown}, {@link tableToCsv}, {@link tableToJson} and the report
 * give it one.
 */
export interface Table {
  readonly name: string;
  readonly title: string;
  /** Sentences above it: reductions, explanations of columns. */
  readonly head: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** Sentences below it: what is missing, and why. */
  readonly notes: readonly string[];
}

/** Markdown (GitHub's): title, unless `heading` is empty, head, table, notes. */
export function tableToMarkdown({ title, head, columns, rows, notes }: Table, heading = "##"): string {
  const cells = rows.map((row) => columns.map(({ key }) => row[key]?.text ?? ""));
  const table = markdownTable(columns, cells);
  const list = notes.map((note) => `- ${note}`).join("\n");
  return `${[...(heading === "" ? [] : [`${heading} ${title}`]), ...head, table, ...(list === "" ? [] : [list])].join("\n\n")}\n`;
}

/** Only the lines of a table: a row of headings, then rows of cells with escaped text. */
export function markdownTable(
  columns: readonly Pick<Column, "title" | "align">[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = `| ${columns.map(({ align = "right" }) => (align === "left" ? "---" : "---:")).join(" | ")} |`;
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join("\n");
}

function escapeMarkdown(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

/** Comma-separated values by RFC 4180, numbers in full; without head and notes. */
export function tableToCsv({ columns, rows }: Table): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const value = (cell: Cell | undefined) => `${cell?.value === undefined ? (cell?.text ?? "") : (cell.value ?? "")}`;
  const lines = [columns.map(({ key }) => key), ...rows.map((row) => columns.map(({ key }) => value(row[key])))];
  return `${lines.map((line) => line.map(quote).join(",")).join("\r\n")}\r\n`;
}

/** An object with `name`, `title`, `head`, `notes`, and `rows` of numbers and words by column; an empty cell is null. */
export function tableToJson({ name, title, head, columns, rows, notes }: Table): unknown {
  const value = (cell: Cell | undefined) =>
    cell === undefined ? null : cell.value === undefined ? cell.text : cell.value;
  return {
    name,
    title,
    head,
    rows: rows.map((row) => Object.fromEntries(columns.map(({ key }) => [key, value(row[key])]))),
    notes,
  };
}

/**
 * Lines for a terminal of a given width. If the table is wider, each row becomes a block of `title: value` lines, so
 * nothing is truncated.
 */
export function tableToText({ title, head, columns, rows, notes }: Table, width: number): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map(({ key }) => row[key]?.text ?? "")),
  ];
  const widths = columns.map((_, k) => Math.max(...cells.map((row) => [...(row[k] as string)].length)));
  const isLeft = (k: number) => columns[k]?.align === "left";
  const fits = widths.reduce((sum, each) => sum + each + 2, -2) <= width;
  const padded = (text: string, k: number) =>
    isLeft(k) ? text.padEnd(widths[k] as number) : text.padStart(widths[k] as number);
  const lines = fits
    ? cells.map((row) => row.map(padded).join("  ").trimEnd())
    : cells
        .slice(1)
        .map((row) =>
          row
            .flatMap((text, k) =>
              text === "" ? [] : [`${k === 0 ? "" : "  "}${columns[k]?.title ? `${columns[k].title}: ` : ""}${text}`],
            )
            .join("\n"),
        );
  const remarks = notes.map((note) => wrapped(`- ${note}`, width));
  const above = [title, ...head].map((sentence) => wrapped(sentence, width));
  return [...above, "", ...lines, ...(remarks.length > 0 ? ["", ...remarks] : [])].join("\n");
}

/** A sentence in lines of at most `width` characters, broken between words. */
export function wrapped(sentence: string, width: number): string {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
