// The numbers that apps/experiments/scripts/numerics measures and stores in docs/results.

/** docs/results/numerics.json. */
export interface NumericsResults {
  readonly vanishing: {
    readonly categories: number;
    readonly draws: number;
    readonly rows: readonly VanishingRow[];
    readonly matched: readonly VanishingRow[];
  };
  readonly appendixA: readonly {
    readonly temperature: number;
    readonly eq26: EquationErrors;
    readonly eq27: EquationErrors;
  }[];
  readonly toy: readonly {
    readonly name: string;
    readonly estimates: number;
    readonly rows: readonly (EstimatorRow & { readonly worstScore: number; readonly standardError: number })[];
  }[];
  readonly igrToy: readonly {
    readonly temperature: number;
    readonly repeats: number;
    readonly rows: readonly (EstimatorRow & { readonly standardError: number })[];
  }[];
  readonly vae: VaeResults;
}

/** Shares of a relaxation's gradients at one temperature, and of its draws near a vertex. */
export interface VanishingRow {
  readonly family: string;
  readonly temperature: number;
  readonly zero: number;
  readonly flushed: number;
  readonly tiny: number;
  readonly near: number;
}

interface EquationErrors {
  readonly worst: number;
  readonly zero: number;
  readonly zeroOfFormula: number;
}

export interface EstimatorRow {
  readonly estimator: string;
  readonly isUnbiased: boolean;
  readonly relativeBias: number;
  readonly relativeDeviation: number;
}

export interface VaeResults {
  readonly size: { readonly variables: number; readonly categories: number };
  readonly epochs: number;
  readonly trained: { readonly GS: { readonly elbo: number }; readonly IGR: { readonly elbo: number } };
  readonly inTraining: readonly {
    readonly name: string;
    readonly elbo: number;
    readonly vanished: readonly { readonly zero: number; readonly tiny: number }[];
  }[];
  readonly estimators: {
    readonly samples: number;
    readonly draws: number;
    readonly rows: readonly (EstimatorRow & { readonly resolution: number; readonly variance: number })[];
  };
  readonly divergences: readonly {
    readonly name: string;
    readonly method: string;
    readonly kl: number;
    readonly deviation: number;
    readonly relativeDeviation: number;
  }[];
  readonly equations: readonly {
    readonly model: string;
    readonly equation: string;
    readonly variance: number;
    readonly relativeDeviation: number;
  }[];
}

/** A number, a list of numbers, or a word for a number that JSON lacks. */
export type KeptValue = number | string | readonly (number | string)[];

export type Library = "ours" | "torch" | "tfp";

/** docs/results/stability.json. */
export interface StabilityResults {
  readonly versions: Readonly<Record<string, string>>;
  readonly tolerance: { readonly sticks: number; readonly others: number };
  readonly rows: readonly StabilityRow[];
  readonly shares: readonly {
    readonly temperature: number;
    readonly categories: number;
    readonly oursNotFinite: number;
    readonly torchNotFinite: number;
    readonly tfpNotFinite: number;
    readonly torchRefused: number;
  }[];
}

export interface StabilityRow extends Readonly<Partial<Record<Library, Verdict>>> {
  readonly quantity: string;
  readonly inputs: Readonly<Record<string, number | string>>;
  readonly exact: KeptValue;
  readonly ours: Verdict & { readonly error: number | string };
}

interface Verdict {
  readonly value: KeptValue;
  readonly verdict: string;
}
