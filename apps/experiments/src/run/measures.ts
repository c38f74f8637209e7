import type { Rng } from "@igr/core";
import type { ImageDataset } from "@igr/datasets";
import {
  DiscreteVAE,
  disentanglement,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluateLogLikelihood,
  JointVAE,
  StructuredPrediction,
  vertexDistances,
} from "@igr/models";
import type { RunConfiguration } from "./configuration.js";
import type { BuiltModel } from "./model.js";

/** One number that a trained model was measured by. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  /** Standard error over images, where it is known. */
  readonly standardError?: number;
  /** `nats` per image, a `share`, or a plain `count`. */
  readonly unit: "nats" | "share" | "count";
}

export interface MeasureOptions extends Pick<EvaluateOptions, "engine" | "signal"> {
  readonly binarize: RunConfiguration["binarize"];
  readonly rng: Rng;
  /** The last evaluation on all of the test set. */
  readonly last: Evaluation;
}

/** Test images of which the importance-weighted bound is taken. */
const LIKELIHOOD_IMAGES = 200;
const LIKELIHOOD_SAMPLES = 1000;

/** What a kind of model is measured by after training, besides its bound: on test images, some of them where it takes long. */
export async function measuresOf(model: BuiltModel, test: ImageDataset, options: MeasureOptions): Promise<Measure[]> {
  const { rng, last, ...evaluation } = options;
  if (model instanceof StructuredPrediction) {
    const measures: Measure[] = [];
    for (const hard of [false, true]) {
      const measured = model.measuredBy({ samples: 100, hard });
      const { elbo, standardError } = await evaluate(measured, test, { ...evaluation, rng: rng.fork("bound") });
      const name = `negative log-likelihood, m = 100, ${hard ? "hard" : "relaxed"} bits`;
      measures.push({ name, value: -elbo, standardError, unit: "nats" });
    }
    return measures;
  }
  const measures: Measure[] = [];
  const some = test.slice(0, Math.min(test.length, LIKELIHOOD_IMAGES));
  const samples = LIKELIHOOD_SAMPLES;
  const likelihood = { ...evaluation, rng: rng.fork("likelihood"), samples, batchSize: 50 };
  // The classes share one implementation; only the shape of their posteriors differs.
  const bound = await evaluateLogLikelihood(model as DiscreteVAE, some, likelihood);
  measures.push({
    name: `log-likelihood, ${samples.toLocaleString("en-US")} importance samples, ${bound.images} images`,
    value: bound.logLikelihood,
    standardError: bound.standardError,
    unit: "nats",
  });
  const { share } = await vertexDistances(model, test.slice(0, Math.min(test.length, 1000)), {
    ...evaluation,
    rng: rng.fork("distances"),
  });
  measures.push({ name: "posterior draws within 0.2 of a vertex", value: share, unit: "share" });
  if (model instanceof DiscreteVAE && model.latent.discreteLogProbs !== undefined) {
    const hard = await evaluate(model.measuredHard(), some, { ...evaluation, rng: rng.fork("hard"), batchSize: 50 });
    const { elbo: value, standardError } = hard;
    measures.push({ name: `hard ELBO, ${hard.images} images`, value, standardError, unit: "nats" });
  }
  if (model instanceof JointVAE) {
    const found = await disentanglement(model, test, { ...evaluation, rng: rng.fork("labels") });
    const errorOf = (share: number) => Math.sqrt((share * (1 - share)) / found.images);
    measures.push({ name: "eq 15 at the last capacities", value: model.objectiveOf(last), unit: "nats" });
    if (found.classifier && test.classNames.length > 0) {
      const { accuracy, usedCategories } = found.classifier;
      const name = "accuracy of the discrete latent, best matching";
      measures.push({ name, value: accuracy, standardError: errorOf(accuracy), unit: "share" });
      measures.push({ name: "categories used", value: usedCategories, unit: "count" });
    }
    if (found.gap !== undefined) measures.push({ name: "mutual information gap", value: found.gap, unit: "share" });
    const active = found.continuousKl.filter((kl) => kl > 0.01).length;
    measures.push({ name: "continuous variables with a KL above 0.01", value: active, unit: "count" });
  }
  for (const [name, value] of Object.entries(last.terms ?? {})) {
    if (name === "keptCategories") measures.push({ name: "categories kept per draw", value, unit: "count" });
  }
  return measures;
}

/** `-104.13 ± 0.42 nats`, `91.20 % ± 0.63 %`, `8`. */
export function formatMeasure({ value, standardError, unit }: Measure): string {
  if (unit === "share") {
    const error = standardError === undefined ? "" : ` ± ${(100 * standardError).toFixed(1)} %`;
    return `${(100 * value).toFixed(1)} %${error}`;
  }
  if (unit === "count") return Number.isInteger(value) ? `${value}` : value.toFixed(1);
  return `${value.toFixed(2)}${standardError === undefined ? "" : ` ± ${standardError.toFixed(2)}`} nats`;
}
