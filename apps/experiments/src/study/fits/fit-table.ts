import type { Calculated } from "../../calculation/calculation.js";
import type { FitRecord, FitSettings } from "../../calculation/fit.js";
import type { Cell, Table } from "../../view/table.js";
import { fitTitle } from "./fit-title.js";
import type { SectionFit } from "./sections.js";

/** A planned fit with its result. */
export interface PlannedFit {
  readonly fit: SectionFit;
  readonly calculated: Calculated<FitRecord> | undefined;
}

/** A row for each fit: how far the relaxation is from its target, before and after. */
export function fitTable(name: string, title: string, fits: readonly PlannedFit[], head: readonly string[]): Table {
  return {
    name,
    title,
    head,
    columns: [
      { key: "relaxation", title: "relaxation", align: "left" },
      { key: "objective", title: "objective", align: "left" },
      { key: "before", title: "total variation before" },
      { key: "after", title: "after" },
      { key: "kl", title: "KL after" },
      { key: "near", title: "near a vertex" },
      { key: "averageK", title: "average K" },
      { key: "seconds", title: "seconds" },
    ],
    rows: fits.map(rowOf),
    notes: fits.some(({ calculated }) => calculated === undefined)
      ? ["Rows without numbers have not been fitted yet."]
      : [],
  };
}

function rowOf({ fit, calculated }: PlannedFit): Record<string, Cell> {
  const row: Record<string, Cell> = { relaxation: { text: fitTitle(fit) }, objective: { text: fit.objective } };
  if (calculated === undefined) return row;
  const { before, after } = calculated.result;
  const number = (value: number, digits: number): Cell => ({ text: value.toFixed(digits), value });
  return {
    ...row,
    before: number(before.totalVariation, 3),
    after: number(after.totalVariation, 3),
    kl: after.kl === null ? { text: "infinite", value: "Infinity" } : number(after.kl, 3),
    near: { text: `${(100 * after.vertexProximity).toFixed(1)} %`, value: after.vertexProximity },
    ...(after.averageK === undefined ? {} : { averageK: number(after.averageK, 1) }),
    seconds: number(calculated.seconds, 1),
  };
}

/** How fits were made, as notes below a table. */
export function fitNotes({ steps, samples, learningRate, countedSamples }: FitSettings): string[] {
  const count = (value: number) => value.toLocaleString("en-US");
  return [
    `Each relaxation is fitted by ${count(steps)} steps of Adam (${learningRate}) with ${count(samples)} samples a step (eq 20). Objectives: mean is |E z - target|^2, kl is KL(E z || target), which the authors' program minimizes, literal is eq 20 as printed, energy the energy distance from one-hot vectors, probs the squared distance of P(argmax z) with scale 1.`,
    `Probabilities are those that each category is the largest: exact for GS and IGR, frequencies of ${count(countedSamples)} samples for IGR-SB and IGR-Planar. Total variation and KL(relaxation || target) compare them with the target over all categories; near a vertex is the share of samples within 0.2 of one.`,
    "The paper states neither the temperatures nor the starting values of its figures. Gaussian coordinates start with scale 1 and loc 0, or for IGR-SB with -log(mean), where sticks of equal lengths have the target's mean; logits start at 0. IGR-SB cuts at rho = 0.99 with kl and at 0.9 with mean.",
  ];
}
