import { chosenRows } from "../chosen-rows.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyOptions } from "../study.js";
import { biased, controlled, ofIgr, type Row, unbiased } from "./estimator-rows.js";
import { protocolGroup } from "./protocol-group.js";

/** Numbers of variables and categories, with the seeds of each. */
const sizes = [
  { variables: 30, categories: 10, seeds: 3 },
  { variables: 8, categories: 4, seeds: 1 },
  { variables: 16, categories: 12, seeds: 1 },
] as const;

/** The steps over which relaxations become discrete: 30 epochs. */
const steps = 18_000;

/** Relaxations whose draws become one-hot in training, and whose decoder learns from one-hot draws. */
const hardFirst: readonly Row[] = [
  {
    latent: { kind: "igr", temperature: 0.1, prior: { kind: "fitted", objective: "probs", scale: 1 } },
    training: {
      schedules: {
        temperature: { kind: "exponential", from: 1, to: 0.1, steps },
        hardWeight: { kind: "linear", from: 0, to: 1, steps },
      },
    },
  },
  {
    latent: { kind: "gs", temperature: 0.1 },
    training: { schedules: { temperature: { kind: "exponential", from: 1, to: 0.1, steps } } },
  },
];

const rows: readonly Row[] = [...biased, ...ofIgr, ...hardFirst, ...unbiased(2), ...controlled];

/** The protocol of ReinMax's program (Liu et al. 2023): grey images with a cross-entropy, RAdam, batches of 100. */
const protocol = {
  model: { kind: "discrete-vae" },
  likelihood: { kind: "bernoulli", grey: true },
  data: { name: "mnist", validation: 0 },
  training: { batchSize: 100, learningRate: 5e-4, optimizer: "radam" },
};

/** Estimators for categories by the protocol of ReinMax's program. */
export function reinmaxProtocol(options: StudyOptions): Study {
  const { epochs = 160, seeds: given, rows: wanted, set } = options;
  const title = "Estimators for categories, by the protocol of ReinMax's program";
  const groups = sizes.flatMap(({ variables, categories, seeds }) =>
    rows.map((row) =>
      protocolGroup(
        row,
        { protocol, variables, categories, epochs, seeds: given ?? seeds, set },
        { size: `${variables} x ${categories}` },
      ),
    ),
  );
  return {
    name: "reinmax-protocol",
    title,
    groups: chosenRows(groups, wanted),
    views: (results) => ({
      headlines: [],
      tables: [
        resultTable(
          "reinmax-protocol",
          title,
          ["hard-elbo", "train-elbo", "iwae", "perplexity", "dead-categories"],
          results,
        ),
      ],
      charts: curvesOf(results),
    }),
  };
}
