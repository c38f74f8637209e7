import type { LineChart, Point } from "../../view/line-chart.js";
import type { Page } from "../page.js";
import { percent, plainTable } from "../plain-table.js";
import type { NumericsResults, VanishingRow } from "./results.js";

/** Figure 4 and appendix A of the paper. */
export function addVanishing(page: Page, { vanishing, appendixA, vae }: NumericsResults): void {
  const { categories, draws, rows, matched } = vanishing;
  const families = [...new Set(rows.map(({ family }) => family))];
  const shown = [0.01, 0.05, 0.1, 0.15, 0.25, 0.5, 0.67, 1];
  const cell = (family: string, temperature: number) => {
    const row = rows.find((each) => each.family === family && each.temperature === temperature);
    return row === undefined ? "" : [row.zero, row.flushed, row.tiny].map(percent).join(" / ");
  };
  page.add(`## Vanishing gradients

Figure 4 and appendix A of the paper: the share of the entries d z_k / d parameter_j, over ${draws.toLocaleString("en-US")} samples, categories k and
parameters j, that are exactly 0 in float32 / that a backend that flushes denormals (most GPUs) returns as 0 / that are at most 1e-10 in magnitude. ${categories} categories; uniform logits for
the Gumbel-Softmax (GS), loc 0 and scale 1 for each IGR, delta 0.1; parameters are the logits, and loc and scale. Each z_k is
differentiated by itself: the gradient of their sum, a constant, is rounding noise. The row of ExpConcrete differentiates log z_k.

${plainTable(["temperature", ...families], [...shown.map((temperature) => [`${temperature}`, ...families.map((family) => cell(family, temperature))])])}`);
  page.addChart(
    lines("Share of gradients that are exactly 0 by temperature", rows, {
      x: "temperature",
      xKind: "logarithmic",
      y: "exactly 0 (%)",
      point: ({ temperature, zero }) => ({ x: temperature, y: 100 * zero }),
    }),
    "vanishing-zero",
  );
  page.add(
    `At equal temperatures the relaxations are not equally discrete. Against the share of samples near a vertex:`,
  );
  page.addChart(
    lines("Share of gradients of at most 1e-10 by the share of samples near a vertex", rows, {
      x: "samples within 0.2 of a vertex (%)",
      xKind: "number",
      y: "at most 1e-10 (%)",
      point: ({ near, tiny }) => ({ x: 100 * near, y: 100 * tiny }),
    }),
    "vanishing-proximity",
  );
  page.add(`At the temperature where 75 % of the draws are within 0.2 of a vertex, the paper's criterion for comparing relaxations:

${plainTable(
  ["", "temperature", "within 0.2", "exactly 0", "flushed to 0", "at most 1e-10"],
  matched.map(({ family, temperature, near, zero, flushed, tiny }) => [
    family,
    `${temperature}`,
    ...[near, zero, flushed, tiny].map(percent),
  ]),
)}

Interpolation (eq 23) scales a gradient by the temperature, whatever the sample. Its z_k does not depend on y_j for j > k: these entries, 0 by construction, are left out.

Backend: tfjs \`cpu\` in Node, which keeps denormals (down to 1.4e-45) and does arithmetic in float64 between roundings to float32.

### In training

The share of exact zeros and of at most 1e-10 after each epoch of a small VAE on MNIST, on 64 test images (Figure 4), as \`fit\` of \`@igr/models\`
records it: networks and settings as below.

${plainTable(
  [
    "model",
    ...(vae.inTraining[0]?.vanished ?? [])
      .map((_, epoch) => `epoch ${epoch + 1}: 0`)
      .flatMap((head, epoch) => [head, `epoch ${epoch + 1}: <= 1e-10`]),
    "test ELBO",
  ],
  vae.inTraining.map(({ name, elbo, vanished }) => [
    name,
    ...vanished.flatMap(({ zero, tiny }) => [percent(zero), percent(tiny)]),
    elbo.toFixed(1),
  ]),
)}

### Equations 26 and 27

With the misprint mended (the first factor is the number z_k), for logits log alpha:

    d z_k / d alpha_j     = z_k (delta_kj - z_j) / (temperature alpha_j)       (26)
    d log z_k / d alpha_j =     (delta_kj - z_j) / (temperature alpha_j)       (27)

Both in float64, per sample, compared with the gradients that tfjs computes in float32 for the same ${draws.toLocaleString("en-US")} draws; alpha is k / 4. "Largest error" is
in units of 1 / (temperature alpha_j). "Zeros" are those of the float32 program, and of the formula evaluated in float64 and then rounded.

${plainTable(
  [
    "temperature",
    "eq 26: largest error",
    "zeros",
    "zeros of the formula",
    "eq 27: largest error",
    "zeros",
    "zeros of the formula",
  ],
  appendixA.map(({ temperature, eq26, eq27 }) => [
    `${temperature}`,
    ...[eq26, eq27].flatMap(({ worst, zero, zeroOfFormula }) => [
      worst.toExponential(1),
      percent(zero),
      percent(zeroOfFormula),
    ]),
  ]),
)}

Eq 27 vanishes only for the winning k, if all other z_j are 0; there the program also loses 1 - z_k below 6e-8, which the formula keeps.`);
}

interface Axes extends Pick<LineChart, "x" | "xKind" | "y"> {
  readonly point: (row: VanishingRow) => Point;
}

/** A line for each family. */
function lines(title: string, rows: readonly VanishingRow[], { x, xKind, y, point }: Axes): LineChart {
  const families = [...new Set(rows.map(({ family }) => family))];
  const series = families.map((name) => ({
    name,
    points: rows
      .filter(({ family }) => family === name)
      .map(point)
      .sort((a, b) => a.x - b.x),
  }));
  return { kind: "lines", name: "vanishing", title, x, ...(xKind === undefined ? {} : { xKind }), y, series };
}
