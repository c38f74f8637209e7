import { resolveConfiguration } from "../../configuration/resolve.js";
import type { PartialConfiguration } from "../../configuration/schema.js";
import type { MeasureName } from "../../run/measure-names.js";
import { chosenRows } from "../chosen-rows.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";

/** Capacities that the short run reaches. */
const short = { kind: "linear", from: 0, steps: 4000 } as const;
const jointVae = {
  kind: "joint-vae",
  capacities: { continuous: { ...short, to: 5 }, discrete: { ...short, to: 5 } },
};

const variants: Readonly<Record<string, PartialConfiguration>> = {
  "discrete VAE IGR": { latent: { kind: "igr" } },
  "discrete VAE GS": { latent: { kind: "gs" } },
  "discrete VAE IGR-SB": { latent: { kind: "igr-sb", maxCategories: 20 } },
  "discrete VAE IGR-Planar": { latent: { kind: "igr-planar", depth: 2 } },
  "discrete VAE IGR convolutional": { model: { kind: "discrete-vae", networks: { kind: "convolutional" } } },
  "JointVAE IGR": { model: jointVae, latent: { kind: "igr" } },
  "JointVAE GS": { model: jointVae, latent: { kind: "gs" } },
  "JointVAE IGR-SB": { model: jointVae, latent: { kind: "igr-sb" } },
  "JointVAE IGR-Planar": { model: jointVae, latent: { kind: "igr-planar", depth: 2 } },
  "structured prediction IGR": { model: { kind: "structured-prediction" }, latent: { kind: "igr" } },
  "structured prediction GS": { model: { kind: "structured-prediction" }, latent: { kind: "gs" } },
  "mixture IGR-SB": { model: { kind: "mixture" } },
};

const measures: readonly MeasureName[] = [
  "elbo",
  "hard-elbo",
  "iwae",
  "nll",
  "nll-hard",
  "objective",
  "vertex-share",
  "accuracy",
  "used-categories",
  "kept-categories",
];

/** Each model for a few epochs. The results are not comparable with a paper's. */
export function models(options: StudyOptions): Study {
  const { epochs = 5, seeds = 1, datasets = ["mnist", "fashion-mnist"], rows, set } = options;
  const title = `Each model for ${epochs} epochs`;
  const groups = datasets.flatMap((data) =>
    Object.entries(variants).map(
      ([model, settings]): StudyGroup => ({
        labels: { model, data },
        configurations: Array.from({ length: seeds }, (_, k) =>
          resolveConfiguration(settings, { data: { name: data }, epochs, seed: k + 1 }, set),
        ),
      }),
    ),
  );
  return {
    name: "models",
    title,
    groups: chosenRows(groups, rows),
    views: (results) => ({
      headlines: [],
      tables: [resultTable("models", title, measures, results)],
      charts: curvesOf(results),
    }),
  };
}
