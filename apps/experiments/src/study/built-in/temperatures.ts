import type { TemperatureFamily } from "@igr/core";
import { z } from "zod";
import type { Results } from "../../calculation/calculation.js";
import { type MatchSettings, matchCalculation, matchSettings } from "../../calculation/matched-temperature.js";
import type { Cell, Table } from "../../view/table.js";
import { cutSettings } from "../cut-settings.js";
import type { Study, StudyOptions } from "../study.js";

interface Family {
  readonly title: string;
  readonly family: TemperatureFamily & (string | object);
}

const refit = { steps: 300, samples: 300, learningRate: 0.05 };
const families: readonly Family[] = [
  { title: "GS", family: "gumbel-softmax" },
  { title: "IGR, loc 0 and scale 1, fixed", family: "igr" },
  { title: "IGR, loc and scale refitted by means", family: { refit } },
  { title: "IGR, loc refitted to equal probabilities, scale 1", family: { refit: { objective: "probs", scale: 1 } } },
  { title: "IGR-SB, scale 1, fixed", family: "igr-stick-breaking" },
  { title: "IGR, interpolation (eq 23), scale 1, fixed", family: { transform: "interpolation" } },
];
const sizes = [10, 50];

const settingsSchema = z.strictObject({
  within: z.number().positive().default(matchSettings.within),
  fraction: z.number().gt(0).lt(1).default(matchSettings.fraction),
  samples: z.int().min(1).default(matchSettings.samples),
  seed: z.int().min(0).default(matchSettings.seed),
});

/** The comparable temperatures of section 5: at which 75 % of the draws of a uniform variable lie within 0.2 of a vertex. */
export function temperatures(options: StudyOptions): Study {
  const name = "temperatures";
  const title = "Comparable temperatures";
  const { settings, head } = cutSettings(name, settingsSchema, options);
  return {
    name,
    title,
    groups: [],
    calculations: families.flatMap(({ family }) => sizes.map((size) => matchCalculation(family, size, settings))),
    views: (_, results) => ({ headlines: [], tables: [tableOf(name, title, { settings, head, results })], charts: [] }),
  };
}

function tableOf(
  name: string,
  title: string,
  {
    settings,
    head,
    results,
  }: { readonly settings: MatchSettings; readonly head: readonly string[]; readonly results: Results },
): Table {
  const { within, fraction, samples } = settings;
  return {
    name,
    title,
    head,
    columns: [
      { key: "family", title: "relaxation", align: "left" },
      { key: "categories", title: "K" },
      { key: "temperature", title: "temperature" },
    ],
    rows: families.flatMap(({ title: text, family }) =>
      sizes.map((categories): Record<string, Cell> => {
        const row = { family: { text }, categories: { text: `${categories}`, value: categories } };
        const found = results(matchCalculation(family, categories, settings))?.result;
        if (found === undefined) return row;
        if ("none" in found) return { ...row, temperature: { text: "none", value: null } };
        const { temperature, standardError } = found;
        return {
          ...row,
          temperature: { text: `${temperature.toFixed(4)} ± ${standardError.toFixed(4)}`, value: temperature },
        };
      }),
    ),
    notes: [
      `The temperature at which ${100 * fraction} % of ${samples.toLocaleString("en-US")} draws of a uniform variable lie within ${within} of a vertex of the simplex, by bisection with the same noise at each temperature; ± is one standard error.`,
      "For IGR only the ratio of scale and temperature matters, so a temperature is meaningless without loc and scale.",
    ],
  };
}
