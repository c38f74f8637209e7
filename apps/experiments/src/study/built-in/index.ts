import { listed } from "../../configuration/kinds.js";
import { InputError } from "../../input-error.js";
import { type Comparison, comparisonStudy } from "../comparison.js";
import { distanceFigureStudy } from "../distances.js";
import { fitFigureStudy } from "../fits/fit-study.js";
import type { Study, StudyOptions } from "../study.js";
import { approximations } from "./approximations.js";
import { discrete } from "./discrete.js";
import { figure1 } from "./figure-1.js";
import { figure2 } from "./figure-2.js";
import { figure3 } from "./figure-3.js";
import { figure4 } from "./figure-4.js";
import { figure5 } from "./figure-5.js";
import { figure6 } from "./figure-6.js";
import { figure7 } from "./figure-7.js";
import { figure8 } from "./figure-8.js";
import { figure9 } from "./figure-9.js";
import { figure10 } from "./figure-10.js";
import { figure11 } from "./figure-11.js";
import { figure12 } from "./figure-12.js";
import { maps } from "./maps.js";
import { models } from "./models.js";
import { quickStart } from "./quick-start.js";
import { reinmaxProtocol } from "./reinmax-protocol.js";
import { rodeoProtocol } from "./rodeo-protocol.js";
import { sticks } from "./sticks.js";
import { table1 } from "./table-1.js";
import { table2 } from "./table-2.js";
import { table3 } from "./table-3.js";
import { table4 } from "./table-4.js";
import { temperatureSelection } from "./temperature-selection.js";
import { temperatures } from "./temperatures.js";
import { vertexRule } from "./vertex-rule.js";

/** A built-in study, made from its options. */
export interface BuiltInStudy {
  readonly name: string;
  readonly title: string;
  readonly make: (options: StudyOptions) => Study | Promise<Study>;
  /** The options that can reduce this study, besides epochs and seeds. */
  readonly cuts: readonly ("datasets" | "rows" | "protocols")[];
}

/** The tables of the paper, and what `npm start` runs. */
export const comparisons: readonly Comparison[] = [quickStart, table1, table2, table3, table4];

const tables = comparisons.map((comparison): BuiltInStudy => {
  const make = (options: StudyOptions) => comparisonStudy(comparison, options);
  return { name: comparison.name, title: comparison.title, make, cuts: ["datasets", "rows", "protocols"] };
});

const distanceFigures = [figure1, figure12].map((figure): BuiltInStudy => {
  const make = (options: StudyOptions) => distanceFigureStudy(figure, options);
  return { name: figure.name, title: figure.title.replace(/^.*?: /, ""), make, cuts: [] };
});
const fitFigures = [figure2, figure6, figure7, figure8, figure9, figure10, figure11].map((figure): BuiltInStudy => {
  const make = (options: StudyOptions) => fitFigureStudy(figure, options);
  return { name: figure.name, title: figure.title.replace(/^.*?: /, ""), make, cuts: [] };
});
const runFigures: readonly BuiltInStudy[] = [
  { name: "figure-3", title: "the bound by epoch, five runs of each", make: figure3, cuts: ["rows", "protocols"] },
  { name: "figure-4", title: "vanishing gradients in training", make: figure4, cuts: ["rows", "protocols"] },
  { name: "figure-5", title: "distances of draws from the nearest vertex", make: figure5, cuts: ["rows", "protocols"] },
];
const figureNumber = ({ name }: BuiltInStudy) => Number(name.replace("figure-", ""));
const figures = [...distanceFigures, ...fitFigures, ...runFigures].sort((a, b) => figureNumber(a) - figureNumber(b));

/** All built-in studies, those of the paper first. */
export const builtInStudies: readonly BuiltInStudy[] = [
  ...tables,
  ...figures,
  { name: "approximations", title: "every fit to discrete distributions", make: approximations, cuts: [] },
  { name: "temperatures", title: "comparable temperatures of a uniform variable", make: temperatures, cuts: [] },
  {
    name: "temperature-selection",
    title: "temperatures by the bound on held-out images",
    make: temperatureSelection,
    cuts: ["protocols"],
  },
  {
    name: "vertex-rule",
    title: "temperatures by nearness to vertices, checked after training",
    make: vertexRule,
    cuts: [],
  },
  { name: "maps", title: "delta of softmax++, and other maps onto the simplex", make: maps, cuts: [] },
  { name: "sticks", title: "how many categories IGR-SB keeps, and what decides it", make: sticks, cuts: [] },
  { name: "discrete", title: "the discrete model, by estimators and relaxations", make: discrete, cuts: ["rows"] },
  {
    name: "reinmax-protocol",
    title: "estimators for categories, as ReinMax's program compares them",
    make: reinmaxProtocol,
    cuts: ["rows"],
  },
  {
    name: "rodeo-protocol",
    title: "estimators for bits, as RODEO's program compares them",
    make: rodeoProtocol,
    cuts: ["rows"],
  },
  { name: "models", title: "each model for a few epochs", make: models, cuts: ["datasets", "rows"] },
];

/** @throws InputError for an unknown name, or an option that the study does not have. */
export async function makeBuiltIn(name: string, options: StudyOptions): Promise<Study> {
  const study = builtInStudies.find((each) => each.name === name);
  if (!study) {
    const [, what = "", number] = /^(table|figure)-(.*)$/.exec(name) ?? [];
    if (number !== undefined) {
      throw new InputError(
        `there is no ${what} ${number} in the paper; it has ${what}s 1 to ${what === "table" ? 4 : 12}`,
      );
    }
    throw new InputError(`there is no study ${name}; studies are ${listed(builtInStudies.map((each) => each.name))}`);
  }
  const given = (["datasets", "rows", "protocols"] as const).find((cut) => options[cut] && !study.cuts.includes(cut));
  if (given) throw new InputError(`--${given} is not used: ${name} has no such choice`);
  return study.make(options);
}
