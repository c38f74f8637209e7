import { z } from "zod";
import type { Results } from "../../calculation/calculation.js";
import {
  bestBound,
  type SticksPlan,
  type SticksSettings,
  sticksCalculation,
  sticksSettings,
} from "../../calculation/kept-categories.js";
import type { Cell, Table } from "../../view/table.js";
import { cutSettings } from "../cut-settings.js";
import type { Study, StudyOptions } from "../study.js";

const learned = { priorCategories: 10, learnPrior: true, rho: 0.99, maxCategories: 30 };

/** One thing changes from row to row: the data, whether the prior is learned, its start, rho, the maximum. */
const plans: readonly SticksPlan[] = [
  { ...learned, clusters: 2 },
  { ...learned, clusters: 4 },
  { ...learned, clusters: 6 },
  { ...learned, clusters: 2, learnPrior: false },
  { ...learned, clusters: 6, learnPrior: false },
  { ...learned, clusters: 6, priorCategories: 3 },
  { ...learned, clusters: 6, rho: 0.9 },
  { ...learned, clusters: 6, rho: 0.999 },
  { ...learned, clusters: 6, maxCategories: 4, priorCategories: 4 },
];

const count = z.int().min(1);
const settingsSchema = z.strictObject({
  steps: count.default(sticksSettings.steps),
  batchSize: count.default(sticksSettings.batchSize),
  learningRate: z.number().positive().default(sticksSettings.learningRate),
  temperature: z.number().positive().default(sticksSettings.temperature),
  pixels: count.default(sticksSettings.pixels),
  flipped: z.number().gt(0).lt(0.5).default(sticksSettings.flipped),
  seed: z.int().min(0).default(sticksSettings.seed),
});

/** How many categories IGR-SB keeps (eq 25), and what decides it. */
export function sticks(options: StudyOptions): Study {
  const name = "sticks";
  const title = "How many categories IGR-SB keeps";
  const { settings, head } = cutSettings(name, settingsSchema, options);
  return {
    name,
    title,
    groups: [],
    calculations: plans.map((plan) => sticksCalculation(plan, settings)),
    views: (_, results) => ({
      headlines: [],
      tables: [{ ...tableOf(settings, results), name, title, head }],
      charts: [],
    }),
  };
}

function tableOf(settings: SticksSettings, results: Results): Omit<Table, "name" | "title" | "head"> {
  const { steps, pixels, flipped, temperature } = settings;
  return {
    columns: [
      { key: "clusters", title: "clusters of the data" },
      { key: "prior", title: "prior", align: "left" },
      { key: "rho", title: "rho" },
      { key: "maximum", title: "maximum" },
      { key: "before", title: "kept before" },
      { key: "after", title: "kept after" },
      { key: "used", title: "largest of some draw" },
      { key: "elbo", title: "ELBO" },
      { key: "best", title: "best possible" },
    ],
    rows: plans.map((plan): Record<string, Cell> => {
      const { clusters, priorCategories, learnPrior, rho, maxCategories } = plan;
      const best = bestBound(plan, settings);
      const row: Record<string, Cell> = {
        clusters: { text: `${clusters}`, value: clusters },
        prior: { text: `${learnPrior ? "learned, from" : "fixed at"} ${priorCategories} equal` },
        rho: { text: `${rho}`, value: rho },
        maximum: { text: `${maxCategories}`, value: maxCategories },
        best: { text: best.toFixed(1), value: best },
      };
      const found = results(sticksCalculation(plan, settings))?.result;
      if (found === undefined) return { ...row, before: { text: "not run yet", value: null } };
      const [before = Number.NaN] = found.kept;
      const after = found.kept.at(-1) ?? Number.NaN;
      return {
        ...row,
        before: { text: before.toFixed(1), value: before },
        after: { text: after.toFixed(1), value: after },
        used: { text: `${found.used}`, value: found.used },
        elbo: { text: found.elbo.toFixed(1), value: found.elbo },
      };
    }),
    notes: [
      `Images of ${pixels} bits are one of the clusters' random patterns with ${100 * flipped} % of the bits flipped; one variable of IGR-SB(${temperature}) is all that the decoder sees. ${steps.toLocaleString("en-US")} steps of Adam.`,
      "kept: the mean number of categories that a draw keeps (eq 25), on 1,024 new images.",
      "largest of some draw: categories that are the largest of at least one image's draw.",
      "best possible: minus the entropy of an image, the bound of a model that knows the patterns.",
    ],
  };
}
