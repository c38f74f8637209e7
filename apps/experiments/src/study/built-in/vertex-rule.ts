import { resolveConfiguration } from "../../configuration/resolve.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";

/**
 * The temperature of GS by the rule, to two digits, as found by `igr match-temperature --family gumbel-softmax`. A test
 * checks it by draws. It is a constant so that displaying runs needs no computation.
 */
export const matched = 0.16;

/**
 * Temperatures by nearness to vertices (section 5), with which 75 % of the draws from a uniform distribution lie within
 * 0.2 of a vertex, compared with the paper's; and, as in the paper, the check after training.
 */
export function vertexRule(options: StudyOptions): Study {
  const { epochs = 100, seeds = 1, set } = options;
  const title = "Temperatures by nearness to vertices, and the check after training";
  const models = [
    { model: "IGR(0.10), the paper's", latent: { kind: "igr", temperature: 0.1 } },
    { model: "GS(0.25), the paper's table", latent: { kind: "gs", temperature: 0.25 } },
    { model: `GS(${matched}), by the rule`, latent: { kind: "gs", temperature: matched } },
  ];
  const groups = models.map(
    ({ model, latent }): StudyGroup => ({
      labels: { model },
      configurations: Array.from({ length: seeds }, (_, k) =>
        resolveConfiguration({ preset: "paper", latent }, { epochs, seed: k + 1 }, set),
      ),
    }),
  );
  return {
    name: "vertex-rule",
    title,
    groups,
    views: (results) => ({
      headlines: [
        `The rule (75 % of draws within 0.2 of a vertex, uniform target, K = 10) gives GS the temperature ${matched}; the paper's tables have 0.25, its appendix F 0.15.`,
      ],
      tables: [
        resultTable(
          "vertex-rule",
          title,
          ["vertex-share-untrained", "vertex-share", "elbo", "hard-elbo", "iwae"],
          results,
        ),
      ],
      charts: curvesOf(results),
    }),
  };
}
