import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { RunRecord } from "../run/record.js";

interface Point {
  readonly epoch: number;
  readonly value: number;
  /** Standard error of `value`, 0 where none is shown. */
  readonly error: number;
  readonly run: string;
  readonly line: "solid" | "dashed";
}

/** Colours of the page's style sheet, which has them for light and dark screens. */
const palette = ["var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)"];

function render(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const plot = Plot.plot({
    document,
    width: 560,
    height: 300,
    marginLeft: 56,
    style: { fontSize: "12px" },
    ...options,
  });
  return plot.outerHTML;
}

function epochTicks(points: readonly Point[]): number[] {
  const last = Math.max(1, ...points.map(({ epoch }) => epoch));
  const step = Math.ceil(last / 10);
  return Array.from({ length: Math.ceil(last / step) }, (_, k) => 1 + k * step);
}

function linesByEpoch(points: readonly Point[], y: Plot.ScaleOptions, runs: readonly RunRecord[]): string {
  const ofKind = (kind: Point["line"]) => points.filter(({ line }) => line === kind);
  const lines = (["solid", "dashed"] as const).map((kind) =>
    Plot.line(ofKind(kind), {
      x: "epoch",
      y: "value",
      z: "run",
      stroke: "run",
      strokeWidth: 2,
      strokeDasharray: kind === "dashed" ? "4 4" : "none",
    }),
  );
  return render({
    x: { label: "epoch", ticks: epochTicks(points), tickFormat: "d", nice: true },
    y: { grid: true, nice: true, ...y },
    color: { type: "ordinal", domain: runs.map(({ title }) => title), range: palette, legend: true },
    marks: [
      Plot.ruleX(
        points.filter(({ error }) => error > 0),
        {
          x: "epoch",
          y1: (point: Point) => point.value - 2 * point.error,
          y2: (point: Point) => point.value + 2 * point.error,
          stroke: "run",
        },
      ),
      ...lines,
      Plot.dot(ofKind("solid"), { x: "epoch", y: "value", r: 3, fill: "run" }),
      Plot.dot(ofKind("dashed"), { x: "epoch", y: "value", r: 3, stroke: "run" }),
    ],
  });
}

/** Test ELBO by epoch, solid, with two standard errors; training ELBO dashed. */
export function elboChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.flatMap(({ epoch, train, validation }): Point[] => [
      { epoch, value: train.elbo, error: 0, run, line: "dashed" },
      ...(validation
        ? [{ epoch, value: validation.elbo, error: validation.standardError, run, line: "solid" } as const]
        : []),
    ]),
  );
  return linesByEpoch(points, { label: "ELBO (nats per image)" }, runs);
}

/** KL divergence of the posterior from the prior by epoch, on the test set where there is one. */
export function klChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.map(({ epoch, train, validation }): Point => {
      return { epoch, value: (validation ?? train).kl, error: 0, run, line: "solid" };
    }),
  );
  return linesByEpoch(points, { label: "KL (nats per image)" }, runs);
}

/** Shares of sample gradients that are exactly 0, solid, and at most 1e-10, dashed (Figure 4). */
export function vanishedChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.flatMap(({ epoch, vanishedGradients }): Point[] => {
      if (!vanishedGradients) return [];
      const { zero, tiny } = vanishedGradients;
      return [
        { epoch, value: 100 * zero, error: 0, run, line: "solid" },
        { epoch, value: 100 * tiny, error: 0, run, line: "dashed" },
      ];
    }),
  );
  // Shares begin at 0, and an axis needs some height where all of them are 0.
  const domain = [0, Math.max(0.1, ...points.map(({ value }) => value))];
  return linesByEpoch(points, { label: "vanished gradients (%)", domain }, runs);
}
