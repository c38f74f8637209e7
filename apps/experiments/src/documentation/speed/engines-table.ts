import { markdownTable } from "../../view/table.js";
import { milliseconds, type Quantiles } from "./times.js";

/** The steps of one model by several engines, as bench/step.mjs measures them. */
export interface ModelTimes {
  readonly rows: readonly (EngineTimes | { readonly label: string; readonly error: string })[];
  readonly versions: Readonly<Record<string, string>>;
}

interface EngineTimes extends Quantiles {
  readonly label: string;
  readonly quartile: number;
  readonly upperQuartile: number;
  readonly firstStep: number;
}

/** The models of bench/step.mjs. */
export const modelTitles: Readonly<Record<string, string>> = {
  dense: "Dense VAE (784-512-256-540 / 300-256-512-784, 30 variables of 10 categories, softmax++)",
  conv: "JointVAE, convolutional architecture 1 (32x32x1, 10 continuous and one 10-way discrete latent)",
};

/** A row for each engine, with ratios to two threads of the compiled engine if they were measured. */
export function enginesTable(rows: ModelTimes["rows"]): string {
  const timed = rows.flatMap((row) => ("error" in row ? [] : [row]));
  const reference =
    timed.find(({ label }) => label === "jit node, 2 threads") ??
    timed.find(({ label }) => label.startsWith("jit node"));
  const columns = ["median ms", "minimum", "quartiles", `to ${reference?.label ?? "jit node"}`, "first step"];
  const cells = rows.map((row) => {
    if ("error" in row) return [row.label, "", "", "", "", row.error.slice(0, 90)];
    const ratio = reference ? `${(row.median / reference.median).toFixed(2)}x` : "";
    const quartiles = `${milliseconds(row.quartile)} - ${milliseconds(row.upperQuartile)}`;
    const [median, minimum, first] = [row.median, row.minimum, row.firstStep].map(milliseconds) as [
      string,
      string,
      string,
    ];
    return [row.label, median, minimum, quartiles, ratio, first];
  });
  return markdownTable([{ title: "engine", align: "left" }, ...columns.map((title) => ({ title }))], cells);
}
