import { createRng, matchTemperature } from "@igr/core";
import { resolveConfiguration } from "../../configuration/resolve.js";
import { chooseEngine } from "../../run/engine.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";

const FRACTION = 0.75;

/**
 * Temperatures by nearness to vertices (section 5): those with which 75 % of the draws from a uniform distribution lie within 0.2 of a
 * vertex, found anew, beside the paper's; and, as the paper does, the check after training.
 */
export async function vertexRule(options: StudyOptions): Promise<Study> {
  const { epochs = 100, seeds = 1, set } = options;
  const title = "Temperatures by nearness to vertices, and the check after training";
  const matched = await matchedTemperature();
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

async function matchedTemperature(): Promise<number> {
  await chooseEngine("cpu");
  const { temperature } = matchTemperature({
    family: "gumbel-softmax",
    categories: 10,
    within: 0.2,
    fraction: FRACTION,
    samples: 20_000,
    rng: createRng("vertex rule"),
  });
  return Math.round(100 * temperature) / 100;
}
