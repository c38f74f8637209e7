import { flatten } from "../configuration/flatten.js";
import type { RunConfiguration } from "../configuration/schema.js";
import { runTitle } from "../configuration/title.js";
import { canonicalJson } from "../run/identity.js";
import type { RunRecord } from "../run/record.js";
import { curvesOf } from "./curves.js";
import { resultTable } from "./result-table.js";
import type { GroupResult, Study } from "./study.js";

/**
 * A study of existing runs: runs that differ only in their seed form a group, and other differing options become
 * labels.
 */
export function runsStudy(
  title: string,
  records: readonly RunRecord[],
): { readonly study: Study; readonly results: readonly GroupResult[] } {
  const groups = new Map<string, RunRecord[]>();
  for (const record of records) {
    const key = canonicalJson({ ...record.configuration, seed: 0, epochs: 0 });
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  const varying = differingPaths([...groups.values()].map(([record]) => (record as RunRecord).configuration));
  const results = [...groups.values()].map((members): GroupResult => {
    const [{ configuration }] = members as [RunRecord];
    const flat = flatten(configuration);
    const labels = { model: runTitle(configuration), data: configuration.data.name };
    const others = varying.map((path) => [path, flat[path] ?? ""] as const);
    return {
      group: {
        labels: { ...labels, ...Object.fromEntries(others) },
        configurations: members.map((each) => each.configuration),
      },
      runs: members.map((record) => {
        const measures = record.measures.at(-1);
        return { configuration: record.configuration, record, ...(measures === undefined ? {} : { measures }) };
      }),
    };
  });
  const study: Study = {
    name: "runs",
    title,
    groups: results.map(({ group }) => group),
    views: (given) => ({
      headlines: [],
      tables: [
        resultTable(
          "runs",
          "After the last epoch",
          [
            "elbo",
            "hard-elbo",
            "iwae",
            "nll",
            "nll-hard",
            "objective",
            "vertex-share-untrained",
            "vertex-share",
            "accuracy",
            "kept-categories",
          ],
          given,
        ),
      ],
      charts: curvesOf(given),
    }),
  };
  return { study, results };
}

/** Options with several values among the runs that have them, except those that are part of a title. */
function differingPaths(configurations: readonly RunConfiguration[]): string[] {
  const flats = configurations.map((configuration) => flatten(configuration));
  const paths = [...new Set(flats.flatMap((flat) => Object.keys(flat)))];
  const held = ["model.kind", "latent.kind", "latent.temperature", "data.name", "seed", "epochs"];
  return paths.filter((path) => !held.includes(path) && new Set(flats.flatMap((flat) => flat[path] ?? [])).size > 1);
}
