import { resolveConfiguration } from "../../configuration/resolve.js";
import type { RunConfiguration } from "../../configuration/schema.js";
import { chosenRows } from "../chosen-rows.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";
import { estimatorTitle } from "./estimator-title.js";

interface Row {
  readonly latent: object;
  /** Whether the learning rate falls to 0 along a cosine and the weights are averaged. */
  readonly isAnnealed?: boolean;
}

const reinmax = { kind: "reinmax" };
const rows: readonly Row[] = [
  { latent: { kind: "categorical", estimator: reinmax } },
  { latent: { kind: "categorical", estimator: { kind: "straight-through" } } },
  { latent: { kind: "igr", temperature: 0.5 } },
  { latent: { kind: "gs", temperature: 0.67 } },
  { latent: { kind: "categorical", estimator: reinmax, learnPrior: true }, isAnnealed: true },
  { latent: { kind: "igr-categorical", temperature: 0.5, estimator: reinmax, learnPrior: true }, isAnnealed: true },
  { latent: { kind: "categorical", estimator: { ...reinmax, samples: 4 }, learnPrior: true }, isAnnealed: true },
  { latent: { kind: "igr", temperature: 0.5, learnPrior: true }, isAnnealed: true },
];

/** How many draws of each image the estimator averages over, if more than one. */
function drawsOf({ latent }: RunConfiguration): string {
  if (latent.kind !== "categorical") return "";
  const { samples = 1 } = latent.estimator as { readonly samples?: number };
  return samples === 1 ? "" : ` with ${samples} draws`;
}

/** The decay of the averaged weights: they reach back over about one epoch of MNIST. */
const decay = 0.999;

/**
 * The discrete model, trained directly by an estimator or through a relaxation, with the paper's network and budget. The learning rate of
 * the annealed rows reaches 0 after the study's last epoch: another number of epochs is another run.
 */
export function discrete(options: StudyOptions): Study {
  const { epochs = 100, seeds = 1, set, rows: wanted } = options;
  const title = "The discrete model: trained by estimators, and through relaxations";
  const all = rows.map(({ latent, isAnnealed = false }): StudyGroup => {
    const configurations = Array.from({ length: seeds }, (_, k) => {
      const plain = resolveConfiguration({ preset: "paper", latent }, { epochs, seed: k + 1 }, set);
      if (!isAnnealed) return plain;
      return resolveConfiguration(
        { preset: "paper", latent },
        { training: annealed(plain) },
        { epochs, seed: k + 1 },
        set,
      );
    });
    const [first] = configurations as [RunConfiguration];
    const title = `${estimatorTitle(first)}${drawsOf(first)}`;
    return { labels: { model: isAnnealed ? `${title} (annealed)` : title }, configurations };
  });
  return {
    name: "discrete",
    title,
    groups: chosenRows(all, wanted),
    views: (results) => ({
      headlines: [],
      tables: [resultTable("discrete", title, ["hard-elbo", "iwae", "elbo", "kl"], results)],
      charts: curvesOf(results),
    }),
  };
}

/** Cosine rate over all epochs of a configuration, and averaged weights. */
function annealed({ epochs, data, training }: RunConfiguration): object {
  const images = (data.trainImages ?? 60_000) - data.validation;
  const steps = epochs * Math.floor(images / training.batchSize);
  return {
    schedules: { learningRate: { kind: "cosine", from: training.learningRate, to: 0, steps } },
    weightAverage: { decay },
  };
}
