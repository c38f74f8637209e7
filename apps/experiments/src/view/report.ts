import { type Chart, type ChartTheme, chartToSvg } from "./chart.js";
import { escapeMarkup } from "./escape.js";
import type { Table } from "./table.js";

/** A picture of a report, already PNG. */
export interface ReportPicture {
  readonly caption: string;
  readonly png: Uint8Array;
}

/** What a page shows, in this order. */
export interface Report {
  readonly title: string;
  readonly headlines: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly pictures: readonly ReportPicture[];
  /** Blocks of text to be opened: configurations, the machine. */
  readonly details: readonly { readonly title: string; readonly text: string }[];
}

const pageTheme: ChartTheme = {
  series: Array.from({ length: 8 }, (_, k) => `var(--series-${k + 1})`),
  text: "currentColor",
  font: "inherit",
};

const style = `
:root{color-scheme:light dark;--back:#fff;--text:#1d2125;--muted:#57606a;--line:#d0d7de;
--series-1:#0072b2;--series-2:#d55e00;--series-3:#00745a;--series-4:#a8478a;--series-5:#8a6100;--series-6:#1f77b4;--series-7:#000;--series-8:#7a5c2e}
@media (prefers-color-scheme:dark){:root{--back:#16191d;--text:#e6e8ea;--muted:#a2abb4;--line:#3a424b;
--series-1:#56b4e9;--series-2:#ff9d5c;--series-3:#3fd3ac;--series-4:#e9a5cf;--series-5:#f0c14b;--series-6:#9ecbff;--series-7:#fff;--series-8:#d8b98a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 3rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}
.muted,figcaption,li{color:var(--muted);font-size:.9rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}.left{text-align:left}
figure{margin:1rem 0}svg,img{max-width:100%;height:auto}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem}
pre{overflow-x:auto;border:1px solid var(--line);padding:.75rem;font-size:.8rem}
@media print{body{max-width:none}details{display:block}}`;

/** One page that needs nothing else: no script, no file, no address. Every word of runs and studies is escaped. */
export function reportToHtml({ title, headlines, tables, charts, pictures, details }: Report): string {
  const parts = [
    `<h1>${escapeMarkup(title)}</h1>`,
    ...headlines.map((sentence) => `<p><strong>${escapeMarkup(sentence)}</strong></p>`),
    ...tables.map(tableToHtml),
    ...(charts.length > 0
      ? ["<h2>By epoch</h2>", `<div class="charts">${charts.map(chartToHtml).join("\n")}</div>`]
      : []),
    ...(pictures.length > 0 ? ["<h2>Pictures</h2>", ...pictures.map(pictureToHtml)] : []),
    ...(details.length > 0 ? ["<h2>Details</h2>"] : []),
    ...details.map(
      (each) =>
        `<details><summary>${escapeMarkup(each.title)}</summary><pre tabindex="0">${escapeMarkup(each.text)}</pre></details>`,
    ),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeMarkup(title)}</title><style>${style}</style></head>
<body><main>
${parts.join("\n")}
</main></body>
</html>
`;
}

function tableToHtml({ title, head, columns, rows, notes }: Table): string {
  const side = (align = "right") => (align === "left" ? ' class="left"' : "");
  const heads = columns.map((column) => `<th scope="col"${side(column.align)}>${escapeMarkup(column.title)}</th>`);
  const body = rows.map(
    (row) =>
      `<tr>${columns.map(({ key, align }) => `<td${side(align)}>${escapeMarkup(row[key]?.text ?? "")}</td>`).join("")}</tr>`,
  );
  return `<h2>${escapeMarkup(title)}</h2>
${head.map((sentence) => `<p>${escapeMarkup(sentence)}</p>`).join("\n")}
<div class="scroll" tabindex="0"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>
<ul>${notes.map((note) => `<li>${escapeMarkup(note)}</li>`).join("\n")}</ul>`;
}

function chartToHtml(chart: Chart): string {
  return `<figure>${chartToSvg(chart, pageTheme)}<figcaption>${escapeMarkup(chart.title)}. Bands: two standard errors over seeds.</figcaption></figure>`;
}

function pictureToHtml({ caption, png }: ReportPicture): string {
  const data = Buffer.from(png).toString("base64");
  return `<figure><img alt="${escapeMarkup(caption)}" src="data:image/png;base64,${data}"><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}
