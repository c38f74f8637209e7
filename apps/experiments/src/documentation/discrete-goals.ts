import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runId } from "../run/identity.js";
import { meanOf } from "../study/statistics.js";
import { type GroupResult, valuesOf } from "../study/study.js";

/** Goals for the network and the budget of the paper: a measure, the bound to exceed, and where it comes from. */
const aims = [
  ["hard-elbo", "hard ELBO", -97, "3.5 nats above a PyTorch program with ReinMax"],
  [
    "iwae",
    "importance-weighted bound",
    -90,
    "of 100 samples, on all test images; the best that was found for a plain discrete VAE of 200 bits is -97.4",
  ],
  ["elbo", "relaxed ELBO", -97.4, "3 nats above the best of the paper"],
] as const;

/** What `igr evaluate --json` printed for a run, kept in docs/results/evaluations. */
interface Evaluation {
  readonly values: { readonly iwae?: { readonly value: number; readonly samples: number; readonly images: number } };
}

/** The importance-weighted bound of 100 samples on all test images, where it was taken. */
function smallBound(docs: string, run: string): number[] {
  const file = join(docs, "results", "evaluations", `${run}.json`);
  if (!existsSync(file)) return [];
  const { iwae } = (JSON.parse(readFileSync(file, "utf8")) as Evaluation).values;
  return iwae?.samples === 100 && iwae.images === 10_000 ? [iwae.value] : [];
}

/** The goals, with the best row of each. */
export function goals(results: readonly GroupResult[], docs: string): string[] {
  const rows = aims.map(([measure, title, aim, origin]) => {
    const [best] = results
      .flatMap(({ group, runs }) => {
        const isOneHot = group.configurations.some(({ latent }) => latent.kind.endsWith("categorical"));
        if (measure === "elbo" && isOneHot) return [];
        const values =
          measure === "iwae"
            ? runs.flatMap(({ configuration }) => smallBound(docs, runId(configuration)))
            : valuesOf(runs, measure);
        return values.length === 0 ? [] : [{ model: group.labels.model ?? "", value: meanOf(values) }];
      })
      .sort((a, b) => b.value - a.value);
    if (best === undefined) return `| ${title} | ${aim} | ${origin} | not measured | |`;
    const verdict = best.value > aim ? "reached" : `missed by ${(aim - best.value).toFixed(1)}`;
    return `| ${title} | ${aim} | ${origin} | ${best.value.toFixed(1)} (${best.model}) | ${verdict} |`;
  });
  return [
    ["| bound | above | why | best row | |", "| --- | ---: | --- | ---: | --- |", ...rows].join("\n"),
    [
      "With the network and the budget of the paper. The importance-weighted bound is that of `igr evaluate <run> --iwae-samples 100 --iwae-images 10000 --json`, kept in [results/evaluations](results/evaluations)",
      "for the best row; IWAE-1000 in the table is of the first 1,000 test images, and higher.",
      ...annealing(results),
    ].join("\n"),
  ];
}

/** What the annealed rows gained over those that differ from them in nothing else. */
function annealing(results: readonly GroupResult[]): string[] {
  const ending = " (annealed)";
  return results.flatMap((annealed) => {
    const name = annealed.group.labels.model ?? "";
    if (!name.endsWith(ending)) return [];
    const plain = results.find(({ group }) => group.labels.model === name.slice(0, -ending.length));
    const bounds = [plain, annealed].map((result) =>
      (["elbo", "train-elbo"] as const).map((measure) => valuesOf(result?.runs ?? [], measure)),
    );
    if (bounds.flat().some((values) => values.length === 0)) return [];
    const [before, after] = bounds.map(([test, training]) => {
      return `${meanOf(test!).toFixed(1)} on test images, ${meanOf(training!).toFixed(1)} on training images`;
    });
    return [
      `ELBO of ${plain!.group.labels.model}: ${before}; with a falling rate, averaged parameters and a learned prior: ${after}.`,
    ];
  });
}
