// Writes docs/numerics.md, docs/results/stability.md and the charts beside them. `npm run docs:numerics` builds first and measures
// everything (four to five minutes on two cores); `npm run docs:numerics -- --only-page` rewrites the pages from the kept
// docs/results/numerics.json, and `--only stability,vanishing` measures these parts alone and keeps the others.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { lineChart } from "./chart.mjs";
import { measureStability } from "./stability.mjs";
import { stabilitySection, stabilityTable } from "./stability-page.mjs";
import { dense, percent, table } from "./table.mjs";
import { measureIgrToy, measureToy } from "./toy.mjs";
import { measureVae } from "./vae.mjs";
import { measureAppendixA, measureVanishing } from "./vanishing.mjs";

const docs = new URL("../../docs/", import.meta.url);
const kept = new URL("results/numerics.json", docs);
const parts = {
  vanishing: measureVanishing,
  appendixA: measureAppendixA,
  toy: measureToy,
  igrToy: measureIgrToy,
  vae: measureVae,
};

async function measure() {
  const results = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
  const only = process.argv.includes("--only")
    ? process.argv[process.argv.indexOf("--only") + 1].split(",")
    : undefined;
  if (process.argv.includes("--only-page")) return results;
  for (const [name, part] of Object.entries(parts)) {
    if (only && !only.includes(name)) continue;
    console.log(`measuring: ${name}`);
    results[name] = await part();
  }
  // Six digits: what lies behind them depends on the machine.
  const rounded = (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  writeFileSync(kept, `${JSON.stringify(results, rounded, 1)}\n`);
  return JSON.parse(JSON.stringify(results, rounded));
}

function vanishingSection({ vanishing: { categories, draws, rows, matched }, appendixA, vae }) {
  const families = [...new Set(rows.map(({ family }) => family))];
  const chart = (name, points, axes) => writeFileSync(new URL(`results/${name}.svg`, docs), lineChart(points, axes));
  chart(
    "vanishing-zero",
    rows.map(({ family, temperature, zero }) => ({ series: family, x: temperature, y: 100 * zero })),
    { x: { type: "log", label: "temperature", ticks: [0.01, 0.03, 0.1, 0.3, 1] }, y: { label: "exactly 0 (%)" } },
  );
  chart(
    "vanishing-proximity",
    rows.map(({ family, near, tiny }) => ({ series: family, x: 100 * near, y: 100 * tiny })),
    { x: { label: "samples within 0.2 of a vertex (%)" }, y: { label: "at most 1e-10 (%)" } },
  );
  const shown = [0.01, 0.05, 0.1, 0.15, 0.25, 0.5, 0.67, 1];
  const cell = (family, temperature) => {
    const { zero, flushed, tiny } = rows.find((row) => row.family === family && row.temperature === temperature);
    return `${percent(zero)} / ${percent(flushed)} / ${percent(tiny)}`;
  };
  return `## Vanishing gradients

Figure 4 and appendix A of the paper: the share of the entries d z_k / d parameter_j, over ${draws.toLocaleString("en-US")} samples, categories k and
parameters j, that are exactly 0 in float32 / that a backend that flushes denormals (most GPUs) returns as 0 / that are at most 1e-10 in magnitude. ${categories} categories; uniform logits for
the Gumbel-Softmax (GS), loc 0 and scale 1 for each IGR, delta 0.1; parameters are the logits, and loc and scale. Each z_k is
differentiated by itself: the gradient of their sum, a constant, is rounding noise. The row of ExpConcrete differentiates log z_k.

${table(["temperature", ...families], [...shown.map((temperature) => [`${temperature}`, ...families.map((family) => cell(family, temperature))])])}

![Share of exact zeros by temperature](results/vanishing-zero.svg)

At equal temperatures the relaxations are not equally discrete. Against the share of samples near a vertex:

![Share of at most 1e-10 by the share of samples near a vertex](results/vanishing-proximity.svg)

At the temperature where 75 % of the draws are within 0.2 of a vertex, the paper's criterion for comparing relaxations:

${table(
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

${table(
  [
    "model",
    ...vae.inTraining[0].vanished
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

Both in float64, per sample, beside the gradients that tfjs computes in float32 for the same ${draws.toLocaleString("en-US")} draws; alpha is k / 4. "Largest error" is
in units of 1 / (temperature alpha_j). "Zeros" are those of the float32 program, and of the formula evaluated in float64 and then rounded.

${table(
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

Eq 27 vanishes for the winning k alone, where all z_j of the others are 0; there the program also loses 1 - z_k below 6e-8, which the formula keeps.
`;
}

const unbiased = ({ isUnbiased }) => (isUnbiased ? "yes" : "no");

function estimatorSection({ toy, igrToy, vae }) {
  const { estimators, trained, epochs } = vae;
  const varianceOf = (name) => estimators.rows.find(({ estimator }) => estimator === name).variance;
  const ratio = (name) => varianceOf(name) / varianceOf("REINFORCE, leave-one-out");
  return `## Gradient estimators

Estimators of \`@igr/core\`, each averaging ${estimators.samples} draws (leave-one-out needs 2). Bias and deviation are norms over all coordinates, relative to the norm of the
true gradient; the deviation is that of one estimate, sqrt of its total variance. Here are those of the paper's time; all of them, on losses of three kinds: [results/estimators.md](results/estimators.md).

### On a toy

\`(mean over n of z_n . [0 ... 1] - 0.45)^2\`, whose gradient is known by enumeration; for 1 variable of 2 categories it is the toy of Tucker et al. (2017). The worst coordinate is in
standard errors: an unbiased estimator stays below 4.

${toy
  .map(
    ({ name, estimates, rows }) => `#### ${name[0].toUpperCase()}${name.slice(1)}

${estimates.toLocaleString("en-US")} estimates each.

${table(
  ["estimator", "claims no bias", "bias", "± standard error", "worst coordinate", "deviation"],
  rows.map((row) => [
    row.estimator,
    unbiased(row),
    dense(row.relativeBias),
    dense(row.standardError),
    row.worstScore.toFixed(1),
    dense(row.relativeDeviation),
  ]),
)}`,
  )
  .join("\n\n")}

#### IGR, 1 variable, 6 categories

The gradient by loc and scale of the expectation over IGR's argmax, from the probabilities of its categories. ${igrToy[0].repeats} estimates each. The score function runs through
\`igr.discrete()\`; the pathwise gradient is that of the relaxed expectation.

${table(
  ["temperature", "estimator", "claims no bias", "bias", "± standard error", "deviation"],
  igrToy.flatMap(({ temperature, rows }) =>
    rows.map((row) => [
      `${temperature}`,
      row.estimator,
      unbiased(row),
      dense(row.relativeBias),
      dense(row.standardError),
      dense(row.relativeDeviation),
    ]),
  ),
)}

### On a trained VAE

Gradient of E[-log p(x | z)] over one-hot z by all weights of the encoder, at the weights of a discrete VAE (784-128, ${vae.size.variables} variables of ${vae.size.categories} categories, 128-784) trained as GS(0.67)
for ${epochs} epochs on MNIST (test ELBO ${trained.GS.elbo.toFixed(1)}), for 64 test images. ${estimators.draws} estimates each; the reference is the mean of leave-one-out estimates with 16 draws. "Resolved to": two means of
no bias differ by about that much; 0 is a difference below it. The control variates learned for 300 steps at the fixed weights.

${table(
  ["estimator", "claims no bias", "bias", "resolved to", "deviation", "total variance"],
  estimators.rows.map((row) => [
    row.estimator,
    unbiased(row),
    dense(row.relativeBias),
    dense(row.resolution),
    dense(row.relativeDeviation),
    dense(row.variance),
  ]),
)}

Of leave-one-out's variance REBAR(0.5) keeps ${percent(ratio("REBAR(0.5)"))} and RELAX(0.5) ${percent(ratio("RELAX(0.5)"))}. The temperature of REBAR is fixed: to learn it takes second
derivatives of the loss, which tfjs lacks. IGR has no row: its argmax has no reparameterized conditional, so that only the score function applies to it, as above on the toy; its own gradient belongs to another
objective, below.

## Divergences by Monte Carlo and in closed form

The KL term alone, summed over the variables, for the same 64 images: its mean, the deviation of one image's one-draw value, and the deviation of the encoder's gradient relative to its norm. GS and IGR are each at their own trained
weights (test ELBO ${trained.GS.elbo.toFixed(1)} and ${trained.IGR.elbo.toFixed(1)}), so that rows compare within a model. "Stick the landing": without the gradient of log q's own parameters.

${table(
  ["posterior", "estimate", "KL, nats", "deviation of the value", "deviation of the gradient"],
  vae.divergences.map((row) => [
    row.name,
    row.method,
    row.kl.toFixed(2),
    row.deviation === 0 ? "0" : row.deviation.toFixed(2),
    row.relativeDeviation === 0 ? "0" : row.relativeDeviation.toFixed(3),
  ]),
)}

## The bound's gradient by equations 2, 4, 14 and 19

The encoder's gradient of the whole bound at equal weights: the score function on the relaxed variable (eq 2), and the reparameterized
gradient (eq 4) with the divergence by Monte Carlo (eq 14, from the draw that the decoder sees) or in closed form (eq 19). One draw each; deviation relative to the norm of the gradient.

${table(
  ["model", "estimator", "total variance", "deviation"],
  vae.equations.map((row) => [row.model, row.equation, dense(row.variance), dense(row.relativeDeviation)]),
)}

The closed form takes the divergence's own noise out. With sticking the landing the divergence's noise is small and correlated with that of the reconstruction, so that
the sum may have less variance than either term suggests.
`;
}

const results = await measure();
const stability = measureStability();
writeFileSync(new URL("results/stability.md", docs), stabilityTable(stability));
writeFileSync(
  new URL("numerics.md", docs),
  `# Numerics

Written by \`npm run docs:numerics\` (values that depend on noise are kept in [results/numerics.json](results/numerics.json)).

${stabilitySection(stability)}
${vanishingSection(results)}
${estimatorSection(results)}`,
);
console.log("docs/numerics.md and docs/results/stability.md are written.");
