import {
  type ApproximationFamily,
  Binomial,
  Categorical,
  type CountDistribution,
  NegativeBinomial,
  Poisson,
  type PriorObjective,
} from "@igr/core";

/** One fit: a relaxation, how it is trained, and how the page calls it. */
export interface FitPlan {
  readonly relaxation: ApproximationFamily;
  readonly temperature: number;
  readonly objective: PriorObjective;
  /** The panel of the figure that it is; absent: a row of the table alone. */
  readonly panel?: string;
}

/** A target with the relaxations that are fitted to it. */
export interface Study {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  /** Which figures of the paper it redraws. */
  readonly figures: string;
  /** What the target itself says about the fits. */
  readonly remark?: string;
  readonly target: () => CountDistribution;
  readonly fits: readonly FitPlan[];
}

const sticks = (objective: "kl" | "mean", temperature: number): Omit<FitPlan, "panel"> => ({
  relaxation: { type: "igr-sb", rho: objective === "kl" ? 0.99 : 0.9 },
  objective,
  temperature,
});
const gumbel = (categories: number | undefined, objective: PriorObjective, temperature: number) => ({
  relaxation: { type: "gs", ...(categories && { categories }) } as const,
  objective,
  temperature,
});
const ofEveryObjective: readonly FitPlan[] = [
  { relaxation: { type: "igr" }, temperature: 0.1, objective: "mean", panel: "IGR(0.10)" },
  ...(["kl", "energy", "probs", "literal"] as const).map((objective) => ({
    relaxation: { type: "igr" } as const,
    temperature: 0.1,
    objective,
  })),
  {
    relaxation: { type: "igr-planar", depth: 2 },
    temperature: 0.1,
    objective: "mean",
    panel: "IGR-Planar(0.10), 2 flows",
  },
  { ...gumbel(undefined, "mean", 0.15), panel: "GS(0.15)" },
  gumbel(undefined, "kl", 0.15),
];
const weights = [10, 1, 5, 1, 10, 10, 1, 6, 1, 1];

/** What `igr approximations` fits. */
export const studies: readonly Study[] = [
  {
    name: "poisson",
    title: "Poisson(50)",
    figures: "Figure 2",
    remark:
      "P(X < 20) is 5e-7 and P(X < 40) 0.065: the rest of the target is out of reach for a GS of 20 or 40 categories. IGR-SB is given no number of categories.",
    target: () => new Poisson({ rate: 50 }),
    fits: [
      { ...sticks("kl", 0.01), panel: "IGR-SB(0.01)" },
      sticks("mean", 0.01),
      ...[20, 40, 100].map((categories) => ({
        ...gumbel(categories, "mean", 0.01),
        panel: `GS(0.01), K = ${categories}`,
      })),
      ...[20, 40, 100].map((categories) => gumbel(categories, "kl", 0.01)),
      { relaxation: { type: "igr", categories: 100 }, temperature: 0.01, objective: "mean" },
    ],
  },
  {
    name: "poisson-warm",
    title: "Poisson(50) at temperature 0.1",
    figures: "Figure 2 at a temperature ten times as high",
    remark:
      "softmax++ divides sticks, which are shorter than 1, by the temperature: at 0.1 a category is never weighted more than e^10 times as much as another, and for some 60 categories to keep near a vertex the winner has to take most of the stick.",
    target: () => new Poisson({ rate: 50 }),
    fits: [
      { ...sticks("mean", 0.1), panel: "IGR-SB(0.10), 'mean'" },
      { ...sticks("kl", 0.1), panel: "IGR-SB(0.10), 'kl'" },
      { ...gumbel(100, "mean", 0.1), panel: "GS(0.10), K = 100" },
    ],
  },
  {
    name: "binomial",
    title: "Binomial(12, 0.3)",
    figures: "Figures 6 and 7",
    target: () => new Binomial({ totalCount: 12, probs: 0.3 }),
    fits: ofEveryObjective,
  },
  {
    name: "discrete",
    title: `(${weights.join(", ")}) / 46`,
    figures: "Figures 8 and 9",
    target: () => new Categorical({ probs: weights.map((weight) => weight / 46) }),
    fits: ofEveryObjective,
  },
  {
    name: "negative-binomial",
    title: "NegativeBinomial(50, 0.6)",
    figures: "Figures 10 and 11",
    remark: "P(X >= 40) is 0.2, which a GS of 40 categories cannot reach.",
    target: () => new NegativeBinomial({ totalCount: 50, probs: 0.6 }),
    fits: [
      { ...sticks("kl", 0.01), panel: "IGR-SB(0.01)" },
      sticks("mean", 0.01),
      ...[40, 100].map((categories) => ({ ...gumbel(categories, "mean", 0.01), panel: `GS(0.01), K = ${categories}` })),
    ],
  },
];

/** @throws Error if there is none. */
export function studyNamed(name: string): Study {
  const study = studies.find((each) => each.name === name);
  if (!study) {
    throw new Error(`igr approximations: there is no study named ${name}; leave out --only-page to fit again`);
  }
  return study;
}
