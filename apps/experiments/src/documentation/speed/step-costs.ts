import { markdownTable } from "../../view/table.js";
import type { Page } from "../page.js";
import { milliseconds, type Quantiles } from "./times.js";

/** The results of bench/jit-costs.mjs for a number of threads. */
export interface StepCosts {
  readonly threads: number;
  readonly emptyCall: Quantiles;
  readonly compilation: Readonly<
    Record<string, { readonly firstCall: number; readonly secondCall: number; readonly thirdCall: number }>
  >;
  readonly batchSizes: Readonly<Record<string, readonly (Quantiles & { readonly batch: number })[]>>;
  readonly dataAndNoise: { readonly data: Quantiles; readonly noise: Quantiles };
  /** In seconds. */
  readonly epoch: { readonly steps: number; readonly training: Quantiles; readonly evaluation: Quantiles };
}

/** The costs of a step besides its arithmetic; `denseMedian` is the median time of the dense model's step. */
export function addCosts(page: Page, costs: StepCosts, threads: string, denseMedian: number | undefined): void {
  const { emptyCall, compilation, batchSizes, dataAndNoise, epoch } = costs;
  const { data, noise } = dataAndNoise;
  const share =
    denseMedian === undefined
      ? ""
      : ` (${((100 * (data.median + noise.median)) / denseMedian).toFixed(1)} % of a dense step)`;
  page.add(
    `## Costs besides the step, ${threads}`,
    `An empty compiled function, ${threads}: ${(1e3 * emptyCall.median).toFixed(0)} microseconds a call (minimum ${(1e3 * emptyCall.minimum).toFixed(0)}).`,
    `Data and noise of a step of the dense model: a batch of shuffled, binarized MNIST ${milliseconds(data.median)} ms, 17,280 normals ${milliseconds(noise.median)} ms${share}.`,
    `An epoch of MNIST by \`fit\`, ${epoch.steps} steps: ${epoch.training.median.toFixed(1)} s (minimum ${epoch.training.minimum.toFixed(1)}), and ${epoch.evaluation.median.toFixed(1)} s for the evaluation on 10,000 images.`,
    markdownTable(
      [{ title: "model", align: "left" }, { title: "first call" }, { title: "second call" }, { title: "third call" }],
      Object.entries(compilation).map(([model, { firstCall, secondCall, thirdCall }]) => [
        model,
        ...[firstCall, secondCall, thirdCall].map((time) => `${milliseconds(time)} ms`),
      ]),
    ),
    "When this was measured, the first call made the optimizer's slots and the second compiled the program of all later calls; since then the first call's program is that of all calls.",
    markdownTable(
      [
        { title: "batch" },
        { title: "model", align: "left" },
        { title: "median ms" },
        { title: "minimum" },
        { title: "microseconds per image" },
      ],
      Object.entries(batchSizes).flatMap(([model, rows]) =>
        rows.map(({ batch, median, minimum }) => [
          `${batch}`,
          model,
          milliseconds(median),
          milliseconds(minimum),
          ((1e3 * median) / batch).toFixed(1),
        ]),
      ),
    ),
  );
}
