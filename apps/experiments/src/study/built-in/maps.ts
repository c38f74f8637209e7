import { resolveConfiguration } from "../../configuration/resolve.js";
import { curvesOf } from "../curves.js";
import { resultTable } from "../result-table.js";
import type { Study, StudyGroup, StudyOptions } from "../study.js";

const deltas = [0.01, 0.1, 1, 10];

/**
 * Choices of IGR at the temperature 0.1: delta of softmax++ (the paper: "not sensitive"), and eq 23 compared with eq
 * 24.
 */
export function maps(options: StudyOptions): Study {
  const { epochs = 100, seeds = 1, set } = options;
  const title = "IGR(0.10): delta of softmax++, and other maps onto the simplex";
  const variants = [
    ...deltas.map((delta) => ({ map: "softmax++ (eq 21)", delta: `${delta}`, latent: { kind: "igr", delta } })),
    { map: "interpolation (eq 23)", delta: "", latent: { kind: "igr", transform: "interpolation" } },
    { map: "stick-breaking (eq 24), uncut", delta: "0.1", latent: { kind: "igr", transform: "stick-breaking" } },
    { map: "stick-breaking, cut (IGR-SB)", delta: "0.1", latent: { kind: "igr-sb", maxCategories: 20 } },
  ];
  const groups = variants.map(
    ({ map, delta, latent }): StudyGroup => ({
      labels: { map, delta },
      configurations: Array.from({ length: seeds }, (_, k) =>
        resolveConfiguration(
          { preset: "paper", latent: { ...latent, temperature: 0.1 } },
          { epochs, seed: k + 1 },
          set,
        ),
      ),
    }),
  );
  return {
    name: "maps",
    title,
    groups,
    views: (results) => ({
      headlines: [],
      tables: [
        resultTable(
          "maps",
          title,
          ["elbo", "hard-elbo", "iwae", "vertex-share-untrained", "vertex-share", "kept-categories"],
          results,
        ),
      ],
      charts: curvesOf(results),
    }),
  };
}
