import { type Chart, chartToSvg } from "./chart.js";
import { pageTheme } from "./chart-theme.js";
import { escapeMarkup } from "./escape.js";
import { reportStyle } from "./report-style.js";
import type { Table } from "./table.js";

/** A picture of a report, as a PNG. */
export interface ReportPicture {
  readonly caption: string;
  readonly png: Uint8Array;
}

/** The contents of a page, in this order. */
export interface Report {
  readonly title: string;
  /** The findings, one sentence each. */
  readonly headlines: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly pictures: readonly ReportPicture[];
  /** Tables of differences in configuration, and of how the runs were made. */
  readonly provenance: readonly Table[];
  /** Collapsed blocks of text: whole configurations and environments. */
  readonly details: readonly { readonly title: string; readonly text: string }[];
}

/** Forbids loading and running anything, whatever a name or a configuration contains. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
/** Widths in pixels at which charts are drawn, for pages and for phones. */
const [WIDE, NARROW] = [640, 340];

/** A self-contained page without scripts, files or links. All text of runs and studies is escaped. */
export function reportToHtml({ title, headlines, tables, charts, pictures, provenance, details }: Report): string {
  const section = (heading: string, parts: readonly string[]) =>
    parts.length === 0 ? [] : [`<h2>${escapeMarkup(heading)}</h2>`, ...parts];
  const body = [
    `<h1>${escapeMarkup(title)}</h1>`,
    ...headlines.map((sentence) => `<p class="headline">${escapeMarkup(sentence)}</p>`),
    ...tables.flatMap((table) => section(table.title === title ? "Results" : table.title, [tableToHtml(table)])),
    ...section("Charts", charts.length > 0 ? [`<div class="charts">${charts.map(chartToHtml).join("\n")}</div>`] : []),
    ...section("Pictures", pictures.map(pictureToHtml)),
    ...provenance.flatMap((table) => section(table.title, [tableToHtml(table)])),
    ...section("Configurations and measures in full", details.map(detailToHtml)),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeMarkup(title)}</title><style>${reportStyle}</style></head>
<body><main>
${body.join("\n")}
</main></body>
</html>
`;
}

function tableToHtml({ title, head, columns, rows, notes }: Table): string {
  const side = (align = "right") => (align === "left" ? ' class="left"' : "");
  // On a narrow page a row is a block of lines, each with its column's title. The roles keep it a table for screen readers.
  const heads = columns.map(
    (column) => `<th role="columnheader" scope="col"${side(column.align)}>${escapeMarkup(column.title)}</th>`,
  );
  const cells = rows.map((row) =>
    columns.map(({ key, title, align }, index) => {
      const text = escapeMarkup(row[key]?.text ?? "");
      return index === 0
        ? `<th role="rowheader" scope="row"${side(align)}>${text}</th>`
        : `<td role="cell" data-title="${escapeMarkup(title)}"${side(align)}>${text}</td>`;
    }),
  );
  const body = cells.map((row) => `<tr role="row">${row.join("")}</tr>`).join("\n");
  const list = notes.map((note) => `<li>${escapeMarkup(note)}</li>`).join("\n");
  return `${head.map((sentence) => `<p>${escapeMarkup(sentence)}</p>`).join("\n")}
<div class="scroll" role="region" aria-label="${escapeMarkup(`Table: ${title}`)}" tabindex="0"><table role="table"><thead role="rowgroup"><tr role="row">${heads.join("")}</tr></thead><tbody role="rowgroup">${body}</tbody></table></div>
${list === "" ? "" : `<ul class="notes">${list}</ul>`}`;
}

function chartToHtml(chart: Chart): string {
  const hasBands =
    chart.kind === "lines" &&
    chart.series.some(({ points }) =>
      points.some(({ low, high }) => low !== undefined && high !== undefined && high > low),
    );
  const caption = `${escapeMarkup(chart.title)}.${hasBands ? " Bands: two standard errors over seeds." : ""}`;
  const drawn = [
    ["wide", WIDE],
    ["narrow", NARROW],
  ] as const;
  const pictures = drawn.map(([name, width]) => `<div class="${name}">${chartToSvg(chart, pageTheme, width)}</div>`);
  return `<figure>${pictures.join("")}<figcaption>${caption}</figcaption></figure>`;
}

function pictureToHtml({ caption, png }: ReportPicture): string {
  const data = Buffer.from(png).toString("base64");
  return `<figure><img alt="${escapeMarkup(caption)}" src="data:image/png;base64,${data}"><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}

function detailToHtml({ title, text }: Report["details"][number]): string {
  return `<details><summary>${escapeMarkup(title)}</summary><pre tabindex="0">${escapeMarkup(text)}</pre></details>`;
}
