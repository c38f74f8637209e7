import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { RunRecord } from "../run/record.js";

interface Point {
  readonly epoch: number;
  readonly value: number;
  readonly error: number;
  readonly run: string;
  readonly split: string;
}

/** Colours that differ in lightness too, so that they part in grey print and for colour-blind readers. */
const palette = ["#1764ab", "#d95f02", "#4d9221", "#762a83"];

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

function linesByEpoch(points: readonly Point[], label: string, runs: readonly RunRecord[]): string {
  return render({
    x: { label: "epoch", ticks: epochTicks(points), tickFormat: "d", nice: true },
    y: { label, grid: true, nice: true },
    color: { domain: runs.map(({ title }) => title), range: palette, legend: true },
    marks: [
      Plot.ruleX(points, {
        x: "epoch",
        y1: (point: Point) => point.value - 2 * point.error,
        y2: (point: Point) => point.value + 2 * point.error,
        stroke: "run",
      }),
      ...["train", "test"].map((split) =>
        Plot.line(
          points.filter((point) => point.split === split),
          {
            x: "epoch",
            y: "value",
            stroke: "run",
            strokeWidth: 2,
            strokeDasharray: split === "train" ? "4 4" : "none",
          },
        ),
      ),
      Plot.dot(points, { x: "epoch", y: "value", fill: "run", r: 3 }),
    ],
  });
}

/** Test ELBO by epoch, solid, with two standard errors; training ELBO dashed. */
export function elboChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.flatMap(({ epoch, train, validation }): Point[] => [
      { epoch, value: train.elbo, error: 0, run, split: "train" },
      ...(validation
        ? [{ epoch, value: validation.elbo, error: validation.standardError, run, split: "test" } as const]
        : []),
    ]),
  );
  return linesByEpoch(points, "ELBO (nats per image)", runs);
}

/** KL divergence of the posterior from the prior by epoch, on the test set where there is one. */
export function klChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.map(({ epoch, train, validation }): Point => {
      const value = (validation ?? train).kl;
      return { epoch, value, error: 0, run, split: "test" };
    }),
  );
  return linesByEpoch(points, "KL (nats per image)", runs);
}

/** Share of sample gradients that are exactly 0 (Figure 4). */
export function vanishedChart(runs: readonly RunRecord[]): string {
  const points = runs.flatMap(({ title: run, epochs }) =>
    epochs.map(
      ({ epoch, vanishedGradients }): Point => ({
        epoch,
        value: 100 * vanishedGradients.zero,
        error: 0,
        run,
        split: "test",
      }),
    ),
  );
  return linesByEpoch(points, "vanished gradients (%)", runs);
}
