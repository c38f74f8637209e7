import type { RunStore } from "../run/store.js";
import { meanOf } from "../study/statistics.js";
import { type GroupResult, type StudyOptions, valuesOf } from "../study/study.js";
import { goals } from "./discrete-goals.js";
import { keptStudy } from "./kept-views.js";
import { type DocumentationFile, Page } from "./page.js";

/** A study of the page. */
interface Section {
  readonly study: string;
  /** How much of it has run; all of it by default. */
  readonly options?: StudyOptions;
  readonly command: string;
  readonly title: string;
  readonly text: string;
}

const sections: readonly Section[] = [
  {
    study: "discrete",
    command: "igr study discrete",
    title: "With the network and the budget of the paper",
    text: [
      "30 variables of 10 categories, 784-512-256 and back, batches of 64, Adam at 0.001, 100 epochs of MNIST with dynamic bits: the setting of Table 1. In an annealed",
      "row the learning rate falls to 0 along a cosine, the parameters that are measured are averages over the last epoch, and the prior of the categories is learned.",
    ].join("\n"),
  },
  {
    study: "reinmax-protocol",
    options: { epochs: 5, seeds: 1 },
    command: "igr study reinmax-protocol --epochs 5 --seeds 1",
    title: "By the protocol of ReinMax's program",
    text: [
      "Liu et al. (2023) compare estimators on 784-512-256 and back, grey images of MNIST with a cross-entropy, RAdam at 0.0005, batches of 100, and 160 epochs. The table has 5 epochs and one",
      "seed: it says who is fast, not who is best in the end. The relaxations whose temperature falls (annealed) need 30 epochs to become discrete. `igr study reinmax-protocol` runs",
      "the whole of it. In the rows of REBAR and RELAX each number of a gradient is limited to 1: their control variates learn from squared norms, and the first steps of RAdam, which are plain gradient",
      "descent, would throw them off.",
    ].join("\n"),
  },
  {
    study: "rodeo-protocol",
    options: { epochs: 5 },
    command: "igr study rodeo-protocol --epochs 5",
    title: "By the protocol of RODEO's program",
    text: [
      "Shi et al. (2022) compare estimators for 200 bits, with two hidden layers of 200 units, dynamic bits of MNIST, Adam at 0.001, batches of 100 and a million steps. The table has 5 epochs: 2,750",
      "steps. Estimators without bias compare 2 or 3 draws for each image, the others have one.",
    ].join("\n"),
  },
];

/** docs/discrete-latents.md: which estimator to take when, with the studies that compare them. */
export async function discreteLatentsPage(store: RunStore, docs: string): Promise<DocumentationFile[]> {
  const page = new Page("discrete-latents.md", "results/figures");
  page.add(
    "# Which estimator for discrete latents",
    [
      "Written by `npm run docs:results` from the runs in [results/kept](results/kept). [The guide](guide/discrete-latents.md) shows the code;",
      "[estimators on toy losses](results/estimators.md) has their bias and variance where the gradient is known.",
    ].join("\n"),
    ...advice,
  );
  for (const { study, options = {}, command, title, text } of sections) {
    const { results, views } = await keptStudy(study, options, store);
    page.add(`## ${title}`, text, `\`${command}\``);
    const { run, missing } = divided(results);
    if (run.length === 0) {
      page.add("Not run yet.");
      continue;
    }
    page.add(...bestFirst(run));
    const isMissing = new Set(missing.map(({ group }) => group));
    for (const table of views.tables) {
      const rows = table.rows.filter((_, index) => !isMissing.has(results[index]!.group));
      page.addTable({ ...table, rows }, "");
    }
    if (missing.length > 0) page.add(`Not run yet: ${missing.map(nameOf).join("; ")}.`);
  }
  page.add(
    "## What was aimed at",
    ...goals(await keptStudy("discrete", {}, store).then(({ results }) => results), docs),
  );
  const { views } = await keptStudy("sticks", {}, store);
  page.add("## How many categories IGR-SB keeps", ...sticks, "`igr study sticks`");
  for (const table of views.tables) page.addTable(table, "");
  return page.files();
}

function divided(results: readonly GroupResult[]) {
  const isRun = ({ runs }: GroupResult) => runs.some(({ measures }) => measures !== undefined);
  return { run: results.filter(isRun), missing: results.filter((result) => !isRun(result)) };
}

/** The three best by the hard bound, of the rows that differ only in the model. */
function bestFirst(results: readonly GroupResult[]): string[] {
  const othersOf = ({ group: { labels } }: GroupResult) => {
    const { model: _, ...others } = labels;
    return Object.values(others).join(", ");
  };
  return [...new Set(results.map(othersOf))].flatMap((others) => {
    const ranked = results
      .filter((result) => othersOf(result) === others)
      .flatMap(({ group, runs }) => {
        const bounds = valuesOf(runs, "hard-elbo");
        return bounds.length === 0 ? [] : [{ model: group.labels.model ?? "", bound: meanOf(bounds) }];
      })
      .sort((a, b) => b.bound - a.bound)
      .slice(0, 3);
    if (ranked.length < 3) return [];
    const names = ranked.map(({ model, bound }) => `${model} (${bound.toFixed(1)})`);
    return [`Best hard ELBO${others === "" ? "" : ` of ${others}`}: ${names.join(", then ")}.`];
  });
}

function nameOf({ group }: GroupResult): string {
  const { model, ...others } = group.labels;
  return [model, ...Object.values(others)].join(", ");
}

const advice = [
  [
    "A discrete model is compared by its hard bound: the decoder receives one-hot vectors, and the KL is that of the categorical probabilities. The relaxed bounds of",
    "two relaxations bound two different models.",
  ].join("\n"),
  [
    "| you need | take | because |",
    "| --- | --- | --- |",
    '| one-hot draws, a differentiable loss | `CategoricalLatent` with `{ kind: "reinmax" }` | no relaxation and no temperature to tune, one pass of the decoder; without bias for quadratic losses |',
    '| the same, with many categories or a small batch | `{ kind: "gumbel-rao" }` | its variance is lower; one pass of the decoder too |',
    '| a gradient without bias | `{ kind: "rodeo" }` or `{ kind: "double-cv" }` | the lowest variance of those without bias on toys; two passes of the decoder or more |',
    '| a loss that has no gradient | `{ kind: "disarm" }` for bits, `{ kind: "carms" }` for categories | they use values of the loss only |',
    '| a tighter bound as the objective | `{ kind: "vimco" }` | its objective is the bound of several samples |',
    "| Gaussian parameters with an exact KL, and one-hot draws | `IgrCategoricalLatent` | the estimators above on the exact probabilities of IGR's argmax |",
    "| relaxed draws that become discrete | `IgrLatent` or `GumbelSoftmaxLatent` with a temperature that falls, and `hardWeight` | at a fixed temperature the decoder learns from draws that are not discrete |",
    "| an unknown number of categories | `IgrStickBreakingLatent` with `learnPrior` | see [below](#how-many-categories-igr-sb-keeps) |",
  ].join("\n"),
];

const sticks = [
  [
    "A draw of IGR-SB keeps sticks until they hold more than rho of the whole (eq 25). What decides how many it keeps, in this order:",
    "",
    "- The prior. All sticks count in the KL, so a posterior that keeps another number of categories than the prior pays for it: with a fixed prior K stays where the prior is, whatever the data.",
    "- The data, if `learnPrior` lets the prior follow the posterior: K then falls from the prior's ten to little more than the number of clusters.",
    "- The start. K falls more easily than it grows: from a prior of three categories, the model of six clusters stays at two or three and has by far the worst bound. Start with more categories than",
    "  the data need.",
    "- The maximum, above which nothing can grow; and rho: a smaller one drops the last sticks, which hold little.",
  ].join("\n"),
];
