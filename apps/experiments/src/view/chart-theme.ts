/**
 * The colors of charts, as CSS colors for each series by index; a page defines them as variables, for light and dark.
 */
export interface ChartTheme {
  readonly series: readonly string[];
  /** Color of reference bars. */
  readonly base: string;
  readonly text: string;
  readonly font: string;
}

/** For standalone files, on white. The colors can be distinguished without color vision (Okabe and Ito 2008). */
export const printTheme: ChartTheme = {
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d3b"],
  base: "#c8ccd2",
  text: "#222222",
  font: "Inter, system-ui, sans-serif",
};

/** For pages that define these variables. */
export const pageTheme: ChartTheme = {
  series: printTheme.series.map((_, k) => `var(--series-${k + 1})`),
  base: "var(--base)",
  text: "currentColor",
  font: "inherit",
};
