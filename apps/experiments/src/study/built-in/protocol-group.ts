import { resolveConfiguration } from "../../configuration/resolve.js";
import type { PartialConfiguration } from "../../configuration/schema.js";
import type { StudyGroup, StudyOptions } from "../study.js";
import type { Row } from "./estimator-rows.js";
import { estimatorTitle } from "./estimator-title.js";

/** What the runs of a protocol share, and how many variables of how many categories a row of it has. */
export interface ProtocolRuns extends Pick<StudyOptions, "set"> {
  readonly protocol: PartialConfiguration;
  readonly variables: number;
  readonly categories: number;
  readonly epochs: number;
  readonly seeds: number;
}

/** The runs of a row by a protocol; `labels` come after the row's title. */
export function protocolGroup(
  row: Row,
  { protocol, variables, categories, epochs, seeds, set }: ProtocolRuns,
  labels: Readonly<Record<string, string>>,
): StudyGroup {
  const { kind } = row.latent;
  const configurations = Array.from({ length: seeds }, (_, k) =>
    resolveConfiguration(protocol, { latent: { kind, variables, categories } }, row, { epochs, seed: k + 1 }, set),
  );
  return { labels: { model: estimatorTitle(configurations[0]!), ...labels }, configurations };
}
