import { z } from "zod";
import type { Results } from "../../calculation/calculation.js";
import { type FitSettings, fitCalculation, fitSettings } from "../../calculation/fit.js";
import { cutSettings } from "../cut-settings.js";
import type { Study, StudyOptions, StudyViews } from "../study.js";
import { fitChart } from "./fit-chart.js";
import { fitNotes, fitTable, type PlannedFit } from "./fit-table.js";
import { fitTitle } from "./fit-title.js";
import { type FitSection, fitSection, type SectionFit } from "./sections.js";

/** A figure of fits: the relaxations of some families to one target. */
export interface FitFigure {
  readonly name: string;
  readonly title: string;
  /** Name of a {@link FitSection}. */
  readonly section: string;
  readonly families: readonly SectionFit["family"][];
  readonly notes?: readonly string[];
}

const count = z.int().min(1);
/** Settings of fits that `--set` can change. */
const settingsSchema = z.strictObject({
  steps: count.default(fitSettings.steps),
  samples: count.default(fitSettings.samples),
  learningRate: z.number().positive().default(fitSettings.learningRate),
  countedSamples: count.default(fitSettings.countedSamples),
  seed: z.int().min(0).default(fitSettings.seed),
});

/** The study of a figure: fits instead of runs. */
export function fitFigureStudy(figure: FitFigure, options: StudyOptions): Study {
  const { settings, head } = cutSettings(figure.name, settingsSchema, options);
  const section = fitSection(figure.section);
  const fits = section.fits.filter(({ family }) => figure.families.includes(family));
  return {
    name: figure.name,
    title: figure.title,
    groups: [],
    calculations: fits.map((fit) => calculationOf(section, fit, settings)),
    views: (_, results) => {
      const planned = plannedFits(section, fits, settings, results);
      const table = fitTable(figure.name, figure.title, planned, head);
      const remark = section.remark === undefined ? [] : [section.remark];
      return {
        headlines: [],
        tables: [{ ...table, notes: [...(figure.notes ?? []), ...remark, ...fitNotes(settings), ...table.notes] }],
        charts: fitChart("probabilities", section, planned),
      };
    },
  };
}

/** The study of all fits, by target. */
export function fitSectionsStudy(
  name: string,
  title: string,
  sections: readonly FitSection[],
  options: StudyOptions,
): Study {
  const { settings, head } = cutSettings(name, settingsSchema, options);
  const views = sections.map((section) => (results: Results): StudyViews => {
    const planned = plannedFits(section, section.fits, settings, results);
    const table = fitTable(section.name, section.title, planned, head);
    const remark = [`${section.figures}.`, ...(section.remark === undefined ? [] : [section.remark])];
    return {
      headlines: [],
      tables: [{ ...table, notes: [...remark, ...table.notes] }],
      charts: fitChart(section.name, section, planned),
    };
  });
  return {
    name,
    title,
    groups: [],
    calculations: sections.flatMap((section) => section.fits.map((fit) => calculationOf(section, fit, settings))),
    views: (_, results) => {
      const all = views.map((view) => view(results));
      return {
        headlines: [],
        tables: all.flatMap(({ tables }) => tables),
        charts: all.flatMap(({ charts }) => charts),
      };
    },
  };
}

function calculationOf({ title, target }: FitSection, fit: SectionFit, settings: FitSettings) {
  return fitCalculation(`${title} by ${fitTitle(fit)}, ${fit.objective}`, target, fit, settings);
}

function plannedFits(
  section: FitSection,
  fits: readonly SectionFit[],
  settings: FitSettings,
  results: Results,
): PlannedFit[] {
  return fits.map((fit) => ({ fit, calculated: results(calculationOf(section, fit, settings)) }));
}
