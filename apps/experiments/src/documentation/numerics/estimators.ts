import { capitalized, dense, percent, plainTable } from "../plain-table.js";
import type { EstimatorRow, NumericsResults } from "./results.js";

const unbiased = ({ isUnbiased }: EstimatorRow) => (isUnbiased ? "yes" : "no");

/** Bias and variance of estimators, of divergences and of the bound's gradient. */
export function estimatorsSection({ toy, igrToy, vae }: NumericsResults): string {
  const { estimators, trained, epochs } = vae;
  const varianceOf = (name: string) =>
    estimators.rows.find(({ estimator }) => estimator === name)?.variance ?? Number.NaN;
  const ratio = (name: string) => varianceOf(name) / varianceOf("REINFORCE, leave-one-out");
  return `## Gradient estimators

Estimators of \`@igr/core\`, each averaging ${estimators.samples} draws (leave-one-out needs 2). Bias and deviation are norms over all coordinates, relative to the norm of the
true gradient; the deviation is that of one estimate, sqrt of its total variance. Here are those of the paper's time; all of them, on losses of three kinds: [results/estimators.md](results/estimators.md).

### On a toy

\`(mean over n of z_n . [0 ... 1] - 0.45)^2\`, whose gradient is known by enumeration; for 1 variable of 2 categories it is the toy of Tucker et al. (2017). The worst coordinate is in
standard errors: an unbiased estimator stays below 4.

${toy
  .map(
    ({ name, estimates, rows }) => `#### ${capitalized(name)}

${estimates.toLocaleString("en-US")} estimates each.

${plainTable(
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

The gradient by loc and scale of the expectation over IGR's argmax, from the probabilities of its categories. ${igrToy[0]?.repeats} estimates each. The score function runs through
\`igr.discrete()\`; the pathwise gradient is that of the relaxed expectation.

${plainTable(
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

${plainTable(
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

Compared with the variance of leave-one-out, REBAR(0.5) has ${percent(ratio("REBAR(0.5)"))} and RELAX(0.5) ${percent(ratio("RELAX(0.5)"))}. The temperature of REBAR is fixed: to learn it takes second
derivatives of the loss, which tfjs lacks. IGR has no row: its argmax has no reparameterized conditional, so that only the score function applies to it, as above on the toy; its own gradient belongs to another
objective, below.

## Divergences by Monte Carlo and in closed form

The KL term alone, summed over the variables, for the same 64 images: its mean, the deviation of one image's one-draw value, and the deviation of the encoder's gradient relative to its norm. GS and IGR are each at their own trained
weights (test ELBO ${trained.GS.elbo.toFixed(1)} and ${trained.IGR.elbo.toFixed(1)}), so that rows compare within a model. "Stick the landing": without the gradient of log q's own parameters.

${plainTable(
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

${plainTable(
  ["model", "estimator", "total variance", "deviation"],
  vae.equations.map((row) => [row.model, row.equation, dense(row.variance), dense(row.relativeDeviation)]),
)}

The closed form takes the divergence's own noise out. With sticking the landing the divergence's noise is small and correlated with that of the reconstruction, so that
the sum may have less variance than either term suggests.`;
}
