import { resolveConfiguration } from "../../configuration/resolve.js";
import { latentTitle } from "../../configuration/title.js";
import { InputError } from "../../input-error.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";

const latents = [
  { kind: "categorical", estimator: { kind: "reinmax" } },
  { kind: "categorical", estimator: { kind: "straight-through" } },
  { kind: "igr", temperature: 0.5 },
  { kind: "gs", temperature: 0.67 },
];

/**
 * The discrete model, trained directly by an estimator or through a relaxation, with the paper's network and budget.
 */
export function discrete(options: StudyOptions): Study {
  const { epochs = 100, seeds = 1, set, rows } = options;
  const title = "The discrete model: trained by estimators, and through relaxations";
  const all = latents.map((latent): StudyGroup => {
    const configurations = Array.from({ length: seeds }, (_, k) =>
      resolveConfiguration({ preset: "paper", latent }, { epochs, seed: k + 1 }, set),
    );
    return { labels: { model: latentTitle(configurations[0]!.latent) }, configurations };
  });
  const names = all.map(({ labels }) => labels.model!);
  const unknown = rows?.find((row) => !names.includes(row));
  if (unknown !== undefined) throw new InputError(`--rows must be of ${names.join(", ")}, got ${unknown}`);
  return {
    name: "discrete",
    title,
    groups: all.filter(({ labels }) => rows?.includes(labels.model!) ?? true),
    views: (results) => ({
      headlines: [],
      tables: [resultTable("discrete", title, ["hard-elbo", "iwae", "elbo", "kl"], results)],
      charts: curvesOf(results),
    }),
  };
}
