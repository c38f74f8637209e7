import type { Calculation, Results } from "../calculation/calculation.js";
import type { RunConfiguration } from "../configuration/schema.js";
import type { Measure, MeasureName } from "../run/measure-names.js";
import type { RunMeasures } from "../run/measures.js";
import type { RunRecord } from "../run/record.js";
import type { Chart } from "../view/chart.js";
import type { Table } from "../view/table.js";

/** Runs that differ only in their seed: a row of a table, a curve of a figure. */
export interface StudyGroup {
  /** The labels that distinguish the group, by name: `{ model: "IGR(0.50)", data: "mnist", protocol: "paper" }`. */
  readonly labels: Readonly<Record<string, string>>;
  /** One run for each seed; empty if `absent` says why. */
  readonly configurations: readonly RunConfiguration[];
  /** Why there are no runs, and how to get them. */
  readonly absent?: string;
  /** Whether the test set is measured at the end of the runs; true by default. */
  readonly isMeasured?: boolean;
  /** Priority among waiting runs, higher first; 0 by default, at most 999. */
  readonly priority?: number;
}

/** A run of a group with its progress. */
export interface GroupRun {
  readonly configuration: RunConfiguration;
  readonly record?: RunRecord;
  /** The measurement for the configuration's epochs. */
  readonly measures?: RunMeasures;
}

export interface GroupResult {
  readonly group: StudyGroup;
  readonly runs: readonly GroupRun[];
}

/** The epochs after which a run was measured, or its progress in epochs; undefined for a run that has not started. */
export function epochsOf({ record, measures }: GroupRun): number[] {
  if (!record) return [];
  return [Math.min(record.epochs.length, measures?.epochs ?? Number.POSITIVE_INFINITY)];
}

/** The values of a measure in those runs that have it. */
export function valuesOf(runs: readonly GroupRun[], measure: MeasureName): number[] {
  return runs.flatMap(({ measures }) => measures?.values[measure]?.value ?? []);
}

/** What a table shows of a group until the number is measured: the progress of its longest run. */
export function progressOf(runs: readonly GroupRun[]): string {
  const [first] = runs;
  if (first === undefined) return "no data";
  const epochs = Math.max(...runs.map(({ record }) => record?.epochs.length ?? 0));
  return epochs === 0 ? "not run yet" : `${epochs} of ${first.configuration.epochs} epochs`;
}

/** A measure with a name from any run; all runs have the same counts. */
export function exampleOf(name: MeasureName, results: readonly GroupResult[]): Partial<Measure> {
  for (const { runs } of results) {
    for (const { measures } of runs) {
      const found = measures?.values[name];
      if (found) return found;
    }
  }
  return {};
}

/** The presentation of a study's results. */
export interface StudyViews {
  /** The findings, one sentence each. */
  readonly headlines: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
}

/** Runs and calculations, and the presentation of their results. */
export interface Study {
  /** The name on the command line and in files: `table-1`. */
  readonly name: string;
  readonly title: string;
  readonly groups: readonly StudyGroup[];
  /** Calculations besides runs: fits, distances of draws; none by default. */
  readonly calculations?: readonly Calculation[];
  /**
   * Returns the groups that depend on results. It is called with the results of all groups so far, until it returns no
   * new groups: after each round, or in an asynchronous study after each group.
   */
  next?(results: readonly GroupResult[]): readonly StudyGroup[];
  /** Whether groups continue without waiting for the others of a round; continuing groups then have no records. */
  readonly isAsynchronous?: boolean;
  /** The presentation of results, which may be incomplete. */
  views(results: readonly GroupResult[], calculated: Results): StudyViews;
}

/** What a user can reduce or add in a built-in study; by default as in the paper. */
export interface StudyOptions {
  readonly epochs?: number | undefined;
  /** Number of seeds, 1 to n. */
  readonly seeds?: number | undefined;
  readonly datasets?: readonly string[] | undefined;
  readonly rows?: readonly string[] | undefined;
  readonly protocols?: readonly string[] | undefined;
  /** Folder with the files of CelebA. */
  readonly dataDir?: string | undefined;
  /** Assignments that override all configurations of the study, such as fewer images. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
}
