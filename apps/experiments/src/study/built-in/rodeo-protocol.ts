import { chosenRows } from "../chosen-rows.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyOptions } from "../study.js";
import { biased, ofIgr, unbiased } from "./estimator-rows.js";
import { protocolGroup } from "./protocol-group.js";

/** The protocol of RODEO's program (Shi et al. 2022): 200 bits, two hidden layers of 200 units, dynamic bits of MNIST. */
const protocol = {
  model: { kind: "discrete-vae", networks: { kind: "dense", encoderHidden: [200, 200], decoderHidden: [200, 200] } },
  data: { name: "mnist", binarize: "dynamic" },
  training: { batchSize: 100, learningRate: 1e-3 },
};

/** Draws for each image that the estimators without bias compare. */
const samples = [2, 3] as const;

/** Estimators for bits by the protocol of RODEO's program, which trains for a million steps: an epoch has 550. */
export function rodeoProtocol(options: StudyOptions): Study {
  const { epochs = 50, seeds = 1, rows: wanted, set } = options;
  const title = "Estimators for 200 bits, by the protocol of RODEO's program";
  const all = [
    ...[...biased, ...ofIgr].map((row) => ({ row, draws: 1 })),
    ...samples.flatMap((draws) => unbiased(draws).map((row) => ({ row, draws }))),
  ];
  const groups = all.map(({ row, draws }) =>
    protocolGroup(row, { protocol, variables: 200, categories: 2, epochs, seeds, set }, { draws: `${draws}` }),
  );
  return {
    name: "rodeo-protocol",
    title,
    groups: chosenRows(groups, wanted),
    views: (results) => ({
      headlines: [],
      tables: [resultTable("rodeo-protocol", title, ["hard-elbo", "train-elbo", "iwae", "perplexity"], results)],
      charts: curvesOf(results),
    }),
  };
}
