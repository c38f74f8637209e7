import { formatMeasure } from "../run/measures.js";
import type { RunRecord } from "../run/record.js";
import { formatCount, formatDuration } from "../terminal/format.js";
import { elboChart, klChart, vanishedChart } from "./charts.js";

const style = `
:root { color-scheme: light dark; --text: #1c2430; --muted: #5b6675; --line: #d9dee5; --panel: #f6f8fa; --page: #ffffff;
  --series-1: #1764ab; --series-2: #d95f02; --series-3: #4d9221; --series-4: #762a83; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e8ef; --muted: #a3aebd; --line: #343c48; --panel: #1e242d; --page: #14181f;
    --series-1: #6cb0f5; --series-2: #ff9d4d; --series-3: #9bd069; --series-4: #cf9be0; }
}
body { font: 16px/1.55 system-ui, "Segoe UI", sans-serif; color: var(--text); background: var(--page); max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p { margin: .4rem 0; max-width: 46rem; } .muted { color: var(--muted); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); } th:first-child, td:first-child { text-align: left; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 1.5rem; }
.charts figure { margin: 0; min-width: 0; } .charts svg { max-width: 100%; height: auto; --plot-background: var(--page); }
figcaption { color: var(--muted); font-size: .9rem; margin-top: .3rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1.5rem; } .pictures figure { margin: 0; } .pictures img { max-width: 100%; image-rendering: pixelated; }
details { background: var(--panel); border-radius: 6px; padding: .6rem .9rem; margin: .5rem 0; } summary { cursor: pointer; }
pre { overflow-x: auto; font-size: .82rem; }
`;

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<div class="wide"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const percent = (share: number | undefined): string => (share === undefined ? "" : `${(100 * share).toFixed(2)} %`);

function summaryTable(runs: readonly RunRecord[]): string {
  const head = [
    "model",
    "test ELBO",
    "± s.e.",
    "reconstruction",
    "KL",
    "train ELBO",
    "vanished",
    "≤ 1e-10",
    "images/s",
    "time",
  ];
  const rows = runs.map(({ title, epochs }) => {
    const last = epochs.at(-1);
    if (!last) return [title];
    const { validation, train, vanishedGradients, imagesPerSecond } = last;
    return [
      title,
      validation ? validation.elbo.toFixed(2) : "none",
      validation ? validation.standardError.toFixed(2) : "",
      (validation ?? train).reconstruction.toFixed(2),
      (validation ?? train).kl.toFixed(2),
      train.elbo.toFixed(2),
      percent(vanishedGradients?.zero),
      percent(vanishedGradients?.tiny),
      formatCount(imagesPerSecond),
      formatDuration(epochs.reduce((total, { seconds }) => total + seconds, 0)),
    ];
  });
  return table(head, rows);
}

/** What the models were measured by after training; empty where none was. */
function measuresTable(runs: readonly RunRecord[]): string {
  const names = [...new Set(runs.flatMap(({ measures }) => measures.map(({ name }) => name)))];
  if (names.length === 0) return "";
  const rows = names.map((name) => [
    name,
    ...runs.map(({ measures }) => {
      const measure = measures.find((each) => each.name === name);
      return measure ? formatMeasure(measure) : "";
    }),
  ]);
  return table(["on test images", ...runs.map(({ title }) => title)], rows);
}

function epochTable({ epochs }: RunRecord): string {
  const head = ["epoch", "train ELBO", "test ELBO", "test KL", "vanished", "≤ 1e-10", "images/s"];
  const rows = epochs.map(({ epoch, train, validation, vanishedGradients, imagesPerSecond }) => [
    `${epoch}`,
    train.elbo.toFixed(2),
    validation ? `${validation.elbo.toFixed(2)} ± ${validation.standardError.toFixed(2)}` : "none",
    (validation ?? train).kl.toFixed(2),
    percent(vanishedGradients?.zero),
    percent(vanishedGradients?.tiny),
    formatCount(imagesPerSecond),
  ]);
  return table(head, rows);
}

/** What the runs have in common; where they differ, each of them: `seed 1 / seed 2`. */
function setting(runs: readonly RunRecord[]): string {
  const each = (describe: (run: RunRecord) => string) => [...new Set(runs.map(describe))].join(" / ");
  return [
    each(({ configuration }) => configuration.dataset),
    each(({ configuration: { trainImages } }) => `${trainImages ?? "all"} training images`),
    each(({ epochs: { length } }) => `${length} ${length === 1 ? "epoch" : "epochs"}`),
    each(({ configuration }) => `batches of ${configuration.batchSize}`),
    each(({ configuration: { variables, categories } }) => `${variables} variables of ${categories} categories`),
    each(({ configuration }) => `seed ${configuration.seed}`),
    each(({ environment }) => `${environment.engine} engine on ${environment.backend}, Node ${environment.node}`),
  ].join(", ");
}

/**
 * The sentence that a reader came for: which model is better, and by how much. Undefined where there is nothing to compare: a
 * single run, or ELBOs of different data or likelihoods.
 */
export function verdict(runs: readonly RunRecord[]): string | undefined {
  const measured = runs.map(
    ({ configuration: { dataset, binarize }, likelihood }) => `${dataset} ${binarize} ${likelihood}`,
  );
  if (new Set(measured).size !== 1) return undefined;
  const scored = runs
    .flatMap(({ title, epochs }) => {
      const validation = epochs.at(-1)?.validation;
      return validation ? [{ title, ...validation }] : [];
    })
    .sort((a, b) => b.elbo - a.elbo);
  const [first, second] = scored;
  if (!first || !second) return undefined;
  const difference = first.elbo - second.elbo;
  const error = Math.hypot(first.standardError, second.standardError);
  const clear = difference > 2 * error;
  const gap = `${difference.toFixed(1)} nats per image (standard error ${error.toFixed(1)}, over test images, one seed)`;
  return clear ? `${first.title} is better than ${second.title} by ${gap}.` : `No clear difference: ${gap}.`;
}

/** One HTML page that needs nothing else: charts as SVG, pictures inside. */
export function renderReport(title: string, runs: readonly RunRecord[]): string {
  const [first] = runs;
  if (!first) throw new RangeError("renderReport: runs must hold at least 1 run, got 0");
  const pictures = runs.flatMap((run) =>
    run.pictures.map(
      ({ caption, png }) =>
        `<figure><img alt="${escapeHtml(caption)} ${escapeHtml(run.title)}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"><figcaption>${escapeHtml(run.title)}. ${escapeHtml(caption)}</figcaption></figure>`,
    ),
  );
  const details = runs.map(
    (run) =>
      `<details><summary>${escapeHtml(run.title)}: every epoch and the configuration</summary>${epochTable(run)}<p class="muted">${escapeHtml(run.likelihood)}</p><pre>${escapeHtml(JSON.stringify({ configuration: run.configuration, environment: run.environment, latent: run.latent }, null, 1))}</pre></details>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="muted">${escapeHtml(setting(runs))}</p>
${verdict(runs) ? `<p><strong>${escapeHtml(verdict(runs) as string)}</strong></p>` : ""}
<h2>After the last epoch</h2>
${summaryTable(runs)}
${measuresTable(runs)}
<h2>By epoch</h2>
<div class="charts">
<figure>${elboChart(runs)}<figcaption>Evidence lower bound. Solid: all test images, one sample each, bars of two standard errors. Dashed: training images while the parameters moved.</figcaption></figure>
<figure>${klChart(runs)}<figcaption>KL divergence from the prior on the test set: closed form for IGR (eq 19), a Monte Carlo estimate for GS (eq 14).</figcaption></figure>
<figure>${vanishedChart(runs)}<figcaption>Share of the gradients of a relaxed sample (each z_k by each parameter) that are exactly 0 in float32, solid, and at most 1e-10, dashed (Figure 4 of the paper), on one test batch, by tfjs' ${first.environment.backend} backend, which keeps denormal numbers.</figcaption></figure>
</div>
<h2>Pictures</h2>
<div class="pictures">${pictures.join("\n")}</div>
<h2>Details</h2>
${details.join("\n")}
</body>
</html>
`;
}
