import type { Calculation, Results } from "../calculation/calculation.js";
import type { RunConfiguration } from "../configuration/schema.js";
import type { Measure, MeasureName } from "../run/measure-names.js";
import type { RunMeasures } from "../run/measures.js";
import type { RunRecord } from "../run/record.js";
import type { Chart } from "../view/chart.js";
import type { Table } from "../view/table.js";

/** Runs that differ in their seed alone: a row of a table, a curve of a figure. */
export interface StudyGroup {
  /** What tells the group from others, by name: `{ model: "IGR(0.50)", data: "mnist", protocol: "paper" }`. */
  readonly labels: Readonly<Record<string, string>>;
  /** One for each seed; none where `absent` says why. */
  readonly configurations: readonly RunConfiguration[];
  /** Why there are no runs, and how to come by them. */
  readonly absent?: string;
  /** Whether the test set is measured when the runs have ended; true if absent. */
  readonly isMeasured?: boolean;
  /** Which runs go before others that wait; 0 if absent, at most 999. */
  readonly priority?: number;
}

/** A run of a group, as far as it has come. */
export interface GroupRun {
  readonly configuration: RunConfiguration;
  readonly record?: RunRecord;
  /** The measurement that stands for the configuration's epochs. */
  readonly measures?: RunMeasures;
}

export interface GroupResult {
  readonly group: StudyGroup;
  readonly runs: readonly GroupRun[];
}

/** After how many epochs a run was measured, or how many it has come to; none for one that has not begun. */
export function epochsOf({ record, measures }: GroupRun): number[] {
  if (!record) return [];
  return [Math.min(record.epochs.length, measures?.epochs ?? Number.POSITIVE_INFINITY)];
}

/** A measure of that name in some run, whose counts are those of all. */
export function exampleOf(name: MeasureName, results: readonly GroupResult[]): Partial<Measure> {
  for (const { runs } of results) {
    for (const { measures } of runs) {
      const found = measures?.values[name];
      if (found) return found;
    }
  }
  return {};
}

/** What can be looked at of a study. */
export interface StudyViews {
  /** What stands, in a sentence each. */
  readonly headlines: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
}

/** Runs and calculations, and what is looked at afterwards. */
export interface Study {
  /** As the command line and files name it: `table-1`. */
  readonly name: string;
  readonly title: string;
  readonly groups: readonly StudyGroup[];
  /** What is computed beside runs: fits, distances of draws. None if absent. */
  readonly calculations?: readonly Calculation[];
  /**
   * Groups that depend on results: called with those of all groups so far, until it gives none that are new. It is called after each
   * round, or, in an asynchronous study, after each group.
   */
  next?(results: readonly GroupResult[]): readonly StudyGroup[];
  /** Whether groups follow each other without waiting for the others of a round; groups that go on have no records then. */
  readonly isAsynchronous?: boolean;
  /** Of results that may be incomplete. */
  views(results: readonly GroupResult[], calculated: Results): StudyViews;
}

/** What a user may cut down, or add, of a built-in study. Absent: as the paper has it. */
export interface StudyOptions {
  readonly epochs?: number | undefined;
  /** A count, the seeds 1 to n. */
  readonly seeds?: number | undefined;
  readonly datasets?: readonly string[] | undefined;
  readonly rows?: readonly string[] | undefined;
  readonly protocols?: readonly string[] | undefined;
  /** Folder with the files of CelebA. */
  readonly dataDir?: string | undefined;
  /** Assignments over all configurations of the study, such as fewer images. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
}
