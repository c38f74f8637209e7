import { resolveConfiguration } from "../../configuration/resolve.js";
import type { PartialConfiguration } from "../../configuration/schema.js";
import type { MeasureName } from "../../run/measure-names.js";
import type { Table } from "../../view/table.js";
import { chosenRows } from "../chosen-rows.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { GroupResult, Study, StudyGroup, StudyOptions } from "../study.js";

/** A class of models, with its settings by row. */
interface Family {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly MeasureName[];
  readonly rows: Readonly<Record<string, PartialConfiguration>>;
}

/** Capacities that the short run reaches. */
const short = { kind: "linear", from: 0, steps: 4000 } as const;
const jointVae = {
  kind: "joint-vae",
  capacities: { continuous: { ...short, to: 5 }, discrete: { ...short, to: 5 } },
};
const structuredPrediction = { kind: "structured-prediction" };

const families: readonly Family[] = [
  {
    name: "discrete-vae",
    title: "Discrete VAE",
    measures: ["elbo", "kl", "hard-elbo", "iwae", "vertex-share", "perplexity", "dead-categories", "kept-categories"],
    rows: {
      "discrete VAE IGR": { latent: { kind: "igr" } },
      "discrete VAE GS": { latent: { kind: "gs" } },
      "discrete VAE IGR-SB": { latent: { kind: "igr-sb", maxCategories: 20 } },
      "discrete VAE IGR-Planar": { latent: { kind: "igr-planar", depth: 2 } },
      "discrete VAE IGR convolutional": { model: { kind: "discrete-vae", networks: { kind: "convolutional" } } },
    },
  },
  {
    name: "joint-vae",
    title: "JointVAE",
    measures: [
      "elbo",
      "kl",
      "objective",
      "iwae",
      "vertex-share",
      "accuracy",
      "used-categories",
      "kept-categories",
      "information-gap",
      "active-continuous",
    ],
    rows: {
      "JointVAE IGR": { model: jointVae, latent: { kind: "igr" } },
      "JointVAE GS": { model: jointVae, latent: { kind: "gs" } },
      "JointVAE IGR-SB": { model: jointVae, latent: { kind: "igr-sb" } },
      "JointVAE IGR-Planar": { model: jointVae, latent: { kind: "igr-planar", depth: 2 } },
    },
  },
  {
    name: "structured-prediction",
    title: "Structured prediction",
    measures: ["elbo", "nll", "nll-hard"],
    rows: {
      "structured prediction IGR": { model: structuredPrediction, latent: { kind: "igr" } },
      "structured prediction GS": { model: structuredPrediction, latent: { kind: "gs" } },
    },
  },
  {
    name: "mixture",
    title: "Mixture",
    measures: ["elbo", "kl", "iwae", "vertex-share", "kept-categories"],
    rows: { "mixture IGR-SB": { model: { kind: "mixture" } } },
  },
];

/** Test images of the importance-weighted bound; also what tells these runs from the longer ones of the tables. */
const measures = { iwaeImages: 200 };

/** Each model for a few epochs. The results are not comparable with a paper's. */
export function models(options: StudyOptions): Study {
  const { epochs = 5, seeds = 1, datasets = ["mnist", "fashion-mnist"], rows, set } = options;
  const groups = datasets.flatMap((data) =>
    families
      .flatMap((family) => Object.entries(family.rows))
      .map(
        ([model, settings]): StudyGroup => ({
          labels: { model, data },
          configurations: Array.from({ length: seeds }, (_, k) =>
            resolveConfiguration(settings, { data: { name: data }, epochs, seed: k + 1, measures }, set),
          ),
        }),
      ),
  );
  return {
    name: "models",
    title: `Each model for ${epochs} epochs`,
    groups: chosenRows(groups, rows),
    views: (results) => ({
      headlines: [],
      tables: familiesOf(results).map((family) => tableOf(family, results)),
      charts: curvesOf(results),
    }),
  };
}

/** The classes that have rows among the results. */
function familiesOf(results: readonly GroupResult[]): Family[] {
  return families.filter((family) => results.some(({ group }) => isOf(family, group)));
}

function tableOf(family: Family, results: readonly GroupResult[]): Table {
  const those = results.filter(({ group }) => isOf(family, group));
  return resultTable(`models-${family.name}`, family.title, family.measures, those);
}

function isOf(family: Family, { labels }: StudyGroup): boolean {
  return labels.model !== undefined && Object.hasOwn(family.rows, labels.model);
}
