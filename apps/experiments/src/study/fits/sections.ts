import type { PriorObjective } from "@igr/core";
import type { FitPlan, TargetSpec } from "../../calculation/fit.js";

/** A fit of a section. */
export interface SectionFit extends FitPlan {
  readonly family: "IGR-SB" | "IGR" | "IGR-Planar" | "GS";
  /** Whether charts show it; tables show all. */
  readonly isDrawn: boolean;
}

/** A target with the relaxations that are fitted to it. */
export interface FitSection {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  /** The figures of the paper that it reproduces. */
  readonly figures: string;
  /** A remark about fits to the target. */
  readonly remark?: string;
  readonly target: TargetSpec;
  readonly fits: readonly SectionFit[];
}

const sticks = (objective: "kl" | "mean", temperature: number): SectionFit => ({
  family: "IGR-SB",
  relaxation: { type: "igr-sb", rho: objective === "kl" ? 0.99 : 0.9 },
  objective,
  temperature,
  isDrawn: true,
});

const gumbel = (
  categories: number | undefined,
  objective: PriorObjective,
  temperature: number,
  isDrawn = true,
): SectionFit => ({
  family: "GS",
  relaxation: { type: "gs", ...(categories && { categories }) },
  objective,
  temperature,
  isDrawn,
});

const igr = (objective: PriorObjective, isDrawn: boolean): SectionFit => ({
  family: "IGR",
  relaxation: { type: "igr" },
  temperature: 0.1,
  objective,
  isDrawn,
});

const ofEveryObjective: readonly SectionFit[] = [
  igr("mean", true),
  igr("kl", true),
  ...(["energy", "probs", "literal"] as const).map((objective) => igr(objective, false)),
  {
    family: "IGR-Planar",
    relaxation: { type: "igr-planar", depth: 2 },
    temperature: 0.1,
    objective: "mean",
    isDrawn: true,
  },
  gumbel(undefined, "mean", 0.15),
  gumbel(undefined, "kl", 0.15),
];

const weights = [10, 1, 5, 1, 10, 10, 1, 6, 1, 1];

/** The discrete distributions of the paper's section 5.1 and appendix E. */
export const fitSections: readonly FitSection[] = [
  {
    name: "poisson",
    title: "Poisson(50)",
    figures: "Figure 2",
    remark:
      "P(X < 20) is 5e-7 and P(X < 40) 0.065: the rest of the target is out of reach for a GS of 20 or 40 categories. IGR-SB needs no number of categories.",
    target: { type: "poisson", rate: 50 },
    fits: [
      sticks("mean", 0.01),
      sticks("kl", 0.01),
      ...[20, 40, 100].map((categories) => gumbel(categories, "mean", 0.01)),
      ...[20, 40, 100].map((categories) => gumbel(categories, "kl", 0.01, false)),
      {
        family: "IGR",
        relaxation: { type: "igr", categories: 100 },
        temperature: 0.01,
        objective: "mean",
        isDrawn: false,
      },
    ],
  },
  {
    name: "poisson-warm",
    title: "Poisson(50) at temperature 0.1",
    figures: "Figure 2 at a temperature ten times as high",
    remark:
      "softmax++ divides sticks, which are shorter than 1, by the temperature: at 0.1 a category is never weighted more than e^10 times as much as another, and for some 60 categories to keep near a vertex the winner has to take most of the stick.",
    target: { type: "poisson", rate: 50 },
    fits: [sticks("mean", 0.1), sticks("kl", 0.1), gumbel(100, "mean", 0.1)],
  },
  {
    name: "binomial",
    title: "Binomial(12, 0.3)",
    figures: "Figures 6 and 7",
    target: { type: "binomial", totalCount: 12, probs: 0.3 },
    fits: ofEveryObjective,
  },
  {
    name: "discrete",
    title: `(${weights.join(", ")}) / 46`,
    figures: "Figures 8 and 9",
    target: { type: "categorical", weights },
    fits: ofEveryObjective,
  },
  {
    name: "negative-binomial",
    title: "NegativeBinomial(50, 0.6)",
    figures: "Figures 10 and 11",
    remark: "P(X >= 40) is 0.2, which a GS of 40 categories cannot reach.",
    target: { type: "negative-binomial", totalCount: 50, probs: 0.6 },
    fits: [
      sticks("mean", 0.01),
      sticks("kl", 0.01),
      ...[40, 100].map((categories) => gumbel(categories, "mean", 0.01)),
    ],
  },
];

/** The section with a name. */
export function fitSection(name: string): FitSection {
  const section = fitSections.find((each) => each.name === name);
  if (!section) throw new Error(`fitSection: there is no section named ${name}`);
  return section;
}
