import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DocumentationFile, Page } from "../page.js";
import { dense, plainTable } from "../plain-table.js";

/** docs/results/estimators.json. */
interface EstimatorsResults {
  /** Evaluations of the loss for each estimate. */
  readonly samples: number;
  readonly estimates: number;
  readonly problems: readonly {
    readonly name: string;
    readonly byLoss: readonly { readonly loss: string; readonly rows: readonly Row[] }[];
  }[];
}

interface Row {
  readonly estimator: string;
  readonly isUnbiased: boolean;
  readonly bias: number;
  readonly biasError: number;
  readonly deviation: number;
  readonly deviationError: number;
}

/** docs/results/estimators.md: every gradient estimator on losses whose gradient is known. */
export function estimatorsPage(docs: string): DocumentationFile[] {
  const file = join(docs, "results", "estimators.json");
  const { samples, estimates, problems } = JSON.parse(readFileSync(file, "utf8")) as EstimatorsResults;
  const page = new Page("results/estimators.md", "figures");
  page.add(
    "# Gradient estimators on losses with a known gradient",
    [
      "Bias and variance of every estimator of @igr/core for one-hot draws, written by `npm run docs:results` from [estimators.json](estimators.json), which `npm run docs:estimators` measures.",
      "The gradient of E loss with respect to the parameters is known by enumeration of",
      `all outcomes. The losses are linear, quadratic with products between the variables, and a network of one hidden tanh layer. Every estimate uses ${samples} draws of the loss; REBAR and RELAX evaluate it`,
      `at a relaxed point, too. All numbers are relative to the norm of the true gradient; "deviation" is that of one estimate, the square root of its total variance. There are ${estimates.toLocaleString("en-US")} estimates in each row; "<" marks four standard errors`,
      "(or 1e-5, the precision of float32) if the bias is not distinguishable from 0. Learned parameters were trained for 300 steps.",
    ].join("\n"),
  );
  for (const { name, byLoss } of problems) page.add(`## ${name}`, problemTable(byLoss));
  page.add(
    [
      "For the IGR the parameters are loc and scale, and the gradient is that of the expectation over its argmax. Estimators of a categorical run through `igr.discrete()`, the exact probabilities of its categories. The Jacobian of",
      "the relaxed draw is biased for every loss, even a linear one; averaging it over pre-images of the same draw reduces the variance, not the bias. ReinMax on the exact probabilities is unbiased for quadratic losses.",
    ].join("\n"),
  );
  return page.files();
}

function problemTable(byLoss: EstimatorsResults["problems"][number]["byLoss"]): string {
  const kinds = byLoss.map(({ loss }) => loss);
  const head = [
    "estimator",
    "claims no bias",
    ...kinds.map((kind) => `bias, ${kind}`),
    ...kinds.map((kind) => `deviation, ${kind}`),
  ];
  const rows = (byLoss[0]?.rows ?? []).map(({ estimator, isUnbiased }) => {
    const found = byLoss.flatMap(({ rows }) => rows.filter((row) => row.estimator === estimator));
    const deviations = found.map(({ deviation, deviationError }) => `${dense(deviation)} ± ${dense(deviationError)}`);
    return [estimator, isUnbiased ? "yes" : "no", ...found.map(biasCell), ...deviations];
  });
  return plainTable(head, rows);
}

/** A bias within four standard errors of 0 is shown as an upper bound. */
function biasCell({ bias, biasError }: Row): string {
  const resolution = Math.max(4 * biasError, 1e-5);
  return bias < 4 * biasError + 1e-5 ? `< ${dense(resolution)}` : `${dense(bias)} ± ${dense(biasError)}`;
}
