import { z } from "zod";
import type { Calculated, Results } from "../calculation/calculation.js";
import {
  type DistanceRecord,
  type DistanceSettings,
  distanceSettings,
  distancesCalculation,
  type UniformFamily,
} from "../calculation/distances.js";
import type { HistogramChart } from "../view/histogram-chart.js";
import type { Cell, Table } from "../view/table.js";
import { cutSettings } from "./cut-settings.js";
import type { Study, StudyOptions } from "./study.js";

/** One panel: a relaxed uniform variable at several temperatures. */
export interface DistancePanel {
  readonly title: string;
  readonly family: UniformFamily;
  readonly categories: number;
  readonly temperatures: readonly number[];
}

/** A figure of how far draws lie from the nearest vertex of the simplex. */
export interface DistanceFigure {
  readonly name: string;
  readonly title: string;
  readonly panels: readonly DistancePanel[];
  readonly notes: readonly string[];
}

/** The paper's distance that counts as near a vertex. */
const WITHIN = 0.2;
/** Densities above this are cut off: at low temperatures most draws are in the first bin. */
const HIGHEST = 6;

/** Settings that `--set` can change. */
const settingsSchema = z.strictObject({
  samples: z.int().min(1).default(distanceSettings.samples),
  bins: z.int().min(5).default(distanceSettings.bins),
  seed: z.int().min(0).default(distanceSettings.seed),
});

/** The study of a figure of distances: draws instead of runs. */
export function distanceFigureStudy(figure: DistanceFigure, options: StudyOptions): Study {
  const { name, title, panels, notes } = figure;
  const { settings, head } = cutSettings(name, settingsSchema, options);
  return {
    name,
    title,
    groups: [],
    calculations: panels.flatMap((panel) => calculationsOf(panel, settings)),
    views: (_, results) => {
      const found = panels.map((panel) => drawsOf(panel, settings, results));
      return {
        headlines: [],
        tables: [distanceTable(name, title, found, { head, notes: [...notes, samplesNote(settings)] })],
        charts: distanceChart("distances", title, found, settings),
      };
    },
  };
}

/** A panel with its results at each temperature. */
export interface DistanceDraws {
  readonly panel: DistancePanel;
  readonly found: readonly {
    readonly temperature: number;
    readonly calculated: Calculated<DistanceRecord> | undefined;
  }[];
}

function calculationsOf({ family, categories, temperatures }: DistancePanel, settings: DistanceSettings) {
  return temperatures.map((temperature) => distancesCalculation(family, categories, temperature, settings));
}

function drawsOf(panel: DistancePanel, settings: DistanceSettings, results: Results): DistanceDraws {
  const calculations = calculationsOf(panel, settings);
  const found = panel.temperatures.map((temperature, k) => ({
    temperature,
    calculated: results(calculations[k] as (typeof calculations)[number]),
  }));
  return { panel, found };
}

function samplesNote({ samples }: DistanceSettings): string {
  return `${samples.toLocaleString("en-US")} draws each; the standard error of a share p is sqrt(p (1 - p) / ${samples.toLocaleString("en-US")}), at most ${(50 / Math.sqrt(samples)).toFixed(1)} %.`;
}

function distanceTable(
  name: string,
  title: string,
  panels: readonly DistanceDraws[],
  { head, notes }: Pick<Table, "head" | "notes">,
): Table {
  return {
    name,
    title,
    head,
    columns: [
      { key: "model", title: "relaxation", align: "left" },
      { key: "temperature", title: "temperature" },
      { key: "near", title: "within 0.2 of a vertex" },
      { key: "median", title: "median distance" },
    ],
    rows: panels.flatMap(({ panel, found }) =>
      found.map(({ temperature, calculated }): Record<string, Cell> => {
        const row = { model: { text: panel.title }, temperature: { text: temperature.toFixed(2), value: temperature } };
        if (calculated === undefined) return row;
        const { shares } = calculated.result;
        const near = shares[Math.round(WITHIN * shares.length) - 1] ?? Number.NaN;
        const median = medianOf(shares);
        return {
          ...row,
          near: { text: `${(100 * near).toFixed(1)} %`, value: near },
          median: {
            text: median * shares.length < 1 ? `< ${1 / shares.length}` : median.toFixed(2),
            value: median,
          },
        };
      }),
    ),
    notes,
  };
}

/** The median, interpolated between two bins by their shares. */
function medianOf(shares: readonly number[]): number {
  const bin = shares.findIndex((share) => share >= 0.5);
  const [below, at] = [shares[bin - 1] ?? 0, shares[bin] ?? 1];
  return (bin + (0.5 - below) / (at - below)) / shares.length;
}

function distanceChart(
  name: string,
  title: string,
  panels: readonly DistanceDraws[],
  { bins }: DistanceSettings,
): HistogramChart[] {
  const drawn = panels.map(({ panel, found }) => ({
    title: panel.title,
    series: found.flatMap(({ temperature, calculated }) =>
      calculated === undefined
        ? []
        : [{ name: `temperature ${temperature}`, densities: densitiesOf(calculated.result) }],
    ),
  }));
  if (drawn.every(({ series }) => series.length === 0)) return [];
  return [
    {
      kind: "histograms",
      name,
      title: `${title}. Densities above ${HIGHEST} are cut off`,
      x: "Euclidean distance to the nearest vertex",
      y: "density",
      binWidth: 1 / bins,
      panels: drawn,
      columns: 1,
      highest: HIGHEST,
      mark: { x: WITHIN, words: "0.2" },
    },
  ];
}

function densitiesOf({ shares }: DistanceRecord): number[] {
  return shares.map((share, bin) => (share - (shares[bin - 1] ?? 0)) * shares.length);
}
