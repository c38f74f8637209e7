import type { MeasureName } from "../run/measure-names.js";
import { meanOf, standardErrorOf } from "./statistics.js";
import { type GroupResult, valuesOf } from "./study.js";

interface Measured {
  readonly model: string;
  readonly seeds: number;
  readonly mean: (name: MeasureName) => number | undefined;
  readonly values: (name: MeasureName) => readonly number[];
}

/**
 * Summary sentences about the models of a table, for each data set and protocol: the best model by the hard ELBO, the
 * only bound on the same model for all relaxations, with its relaxed bound and its share of draws near vertices.
 * Without a hard ELBO, the best by the measure of the table.
 */
export function headlinesOf(measure: MeasureName, results: readonly GroupResult[]): string[] {
  const keys = [...new Set(results.map(({ group }) => `${group.labels.data}|${group.labels.protocol}`))];
  return keys.flatMap((key) => {
    const [data, protocol] = key.split("|");
    const models = results
      .filter(({ group }) => `${group.labels.data}|${group.labels.protocol}` === key)
      .map(measuredOf)
      .filter((model) => model.mean(measure) !== undefined);
    if (models.length < 2) return [];
    const where = protocol === "authors" ? `${data}, the authors' protocol` : `${data}`;
    return [
      models.every((model) => model.mean("hard-elbo") !== undefined)
        ? discreteHeadline(where, models)
        : plainHeadline(where, models, measure),
    ];
  });
}

function measuredOf({ group, runs }: GroupResult): Measured {
  const values = (name: MeasureName) => valuesOf(runs, name);
  const mean = (name: MeasureName) => (values(name).length === 0 ? undefined : meanOf(values(name)));
  return { model: group.labels.model ?? "", seeds: values("elbo").length, mean, values };
}

function discreteHeadline(where: string, models: readonly Measured[]): string {
  const sorted = [...models].sort((a, b) => b.mean("hard-elbo")! - a.mean("hard-elbo")!);
  const [best, second] = sorted as [Measured, Measured];
  const relaxed = [...models].sort((a, b) => b.mean("elbo")! - a.mean("elbo")!)[0] as Measured;
  const said = `On ${where} the discrete model of ${best.model} is the best: hard ELBO ${numberOf(best, "hard-elbo")} against ${numberOf(second, "hard-elbo")} of ${second.model}`;
  const near = ({ mean }: Measured) => `${(100 * mean("vertex-share")!).toFixed(1)} %`;
  const caveat =
    relaxed === best
      ? `Its relaxed bound is also the best (${numberOf(best, "elbo")}); ${near(best)} of its draws lie within 0.2 of a vertex.`
      : `${relaxed.model} has the better relaxed bound (${numberOf(relaxed, "elbo")} against ${numberOf(best, "elbo")}), of a model whose draws lie within 0.2 of a vertex in ${near(relaxed)} (${best.model}: ${near(best)}).`;
  return `${said} (${seedsOf(models)}). ${caveat}`;
}

function plainHeadline(where: string, models: readonly Measured[], measure: MeasureName): string {
  const isLoss = measure === "nll" || measure === "nll-hard";
  const sorted = [...models].sort((a, b) => (isLoss ? 1 : -1) * (a.mean(measure)! - b.mean(measure)!));
  const [best, second] = sorted as [Measured, Measured];
  const what = isLoss ? "negative log-likelihood" : "bound";
  return `On ${where} ${best.model} has the best test ${what}: ${numberOf(best, measure)} against ${numberOf(second, measure)} of ${second.model} (${seedsOf(models)}).`;
}

function seedsOf(models: readonly Measured[]): string {
  const seeds = Math.min(...models.map((model) => model.seeds));
  return seeds === 1 ? "one seed: no error over seeds is known" : `mean ± standard error over ${seeds} seeds`;
}

function numberOf({ mean, values }: Measured, name: MeasureName): string {
  const error = standardErrorOf(values(name));
  return `${mean(name)!.toFixed(1)}${error === undefined ? "" : ` ± ${error.toFixed(1)}`}`;
}
