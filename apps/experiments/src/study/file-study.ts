import { atPath } from "../configuration/assignment.js";
import { mergeLayers } from "../configuration/merge.js";
import { readObjectFile } from "../configuration/read-file.js";
import { resolveConfiguration } from "../configuration/resolve.js";
import type { PartialConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { promotions } from "./asha.js";
import { curvesOf } from "./curves.js";
import { checkDefinition, type StudyDefinition } from "./definition.js";
import { nextRound } from "./halving.js";
import { medianStopping } from "./median-stopping.js";
import { resultTable } from "./result-table.js";
import { furthest, withEpochs } from "./rungs.js";
import { quasiRandomSamples, randomSamples } from "./sampling.js";
import type { Study, StudyGroup, StudyOptions } from "./study.js";

/** The study that a YAML or JSON file describes. @throws InputError naming the file and what is wrong in it. */
export function fileStudy(file: string, options: StudyOptions = {}): Study {
  return definedStudy(file, checkDefinition(file, readObjectFile(file)), options);
}

/** The study of a definition; `source` names it in messages. */
export function definedStudy(source: string, definition: StudyDefinition, options: StudyOptions = {}): Study {
  const epochs = options.epochs ?? definition.epochs;
  const groups = variantsOf(definition).map(({ labels, settings }): StudyGroup => {
    const seeds = seedsOf(options.seeds ?? definition.seeds);
    const layers = [definition.fixed, settings, epochs === undefined ? {} : { epochs }, options.set];
    return { labels, configurations: seeds.map((seed) => resolveIn(source, labels, [...layers, { seed }])) };
  });
  const title = definition.title ?? definition.name;
  return {
    name: definition.name,
    title,
    ...sampled(definition, groups),
    views: (results) => {
      const shown = definition.halving ? results : furthest(results);
      return {
        headlines: [],
        tables: [resultTable(definition.name, title, definition.measures, shown)],
        charts: curvesOf(shown),
      };
    },
  };
}

/** The initial groups of a study, and those that depend on results. */
function sampled(
  { halving, asha, medianStopping: median, measuredRounds }: StudyDefinition,
  groups: readonly StudyGroup[],
): Pick<Study, "groups" | "next" | "isAsynchronous"> {
  const first = (isMeasured: boolean) =>
    groups.map((group): StudyGroup => ({ ...group, labels: { ...group.labels, round: "1" }, isMeasured }));
  if (halving) return { groups: first(measuredRounds !== "last"), next: (results) => nextRound(halving, results) };
  const isMeasured = measuredRounds === "all";
  if (asha) return { groups: first(isMeasured), next: (results) => promotions(asha, results), isAsynchronous: true };
  if (median) {
    const epochs = Math.max(...groups.flatMap(({ configurations }) => configurations.map((each) => each.epochs)));
    const shortened = first(isMeasured).map((group) =>
      withEpochs(group, 1, () => Math.min(median.every, epochs), median.every >= epochs),
    );
    return { groups: shortened, next: medianStopping(median, epochs), isAsynchronous: true };
  }
  return { groups };
}

interface Variant {
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: PartialConfiguration;
}

/** Every named variant with every combination of the grid and every sample. */
function variantsOf({ variants, grid, random, quasiRandom }: StudyDefinition): Variant[] {
  const named: Variant[] = variants
    ? Object.entries(variants).map(([name, settings]) => ({ labels: { variant: name }, settings }))
    : [{ labels: {}, settings: {} }];
  const assignments = [
    grid ? gridOf(grid) : [{}],
    random ? randomSamples(random) : [{}],
    quasiRandom ? quasiRandomSamples(quasiRandom) : [{}],
  ];
  return assignments.reduce<Variant[]>(
    (all, choices) => all.flatMap((variant) => choices.map((choice) => withValues(variant, choice))),
    named,
  );
}

function gridOf(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>(
    (all, [path, values]) => all.flatMap((point) => values.map((value) => ({ ...point, [path]: value }))),
    [{}],
  );
}

function withValues({ labels, settings }: Variant, values: Readonly<Record<string, unknown>>): Variant {
  const entries = Object.entries(values);
  return {
    labels: { ...labels, ...Object.fromEntries(entries.map(([path, value]) => [path, shown(value)])) },
    settings: mergeLayers(settings, ...entries.map(([path, value]) => atPath(path, value))),
  };
}

function shown(value: unknown): string {
  if (typeof value === "number") return `${Number(value.toPrecision(4))}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function seedsOf(seeds: number | readonly number[]): readonly number[] {
  return typeof seeds === "number" ? Array.from({ length: seeds }, (_, k) => k + 1) : seeds;
}

function resolveIn(
  source: string,
  labels: Readonly<Record<string, string>>,
  layers: (PartialConfiguration | undefined)[],
) {
  try {
    return resolveConfiguration(...layers);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const where = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
    throw new InputError(`${source}${where.length > 0 ? ` (${where.join(", ")})` : ""}: ${error.message}`, {
      cause: error,
    });
  }
}
