import { readFileSync } from "node:fs";

/** Contents of reference/relaxed.json; see reference/generate_relaxed.py. Rows are the members of a batch. */
interface RelaxedReference {
  readonly concreteLogProbs: readonly {
    readonly temperature: number;
    readonly logits: number[][];
    readonly logZ: number[][];
    readonly logProb: number[];
    readonly terms: number[];
    readonly z?: number[][];
    readonly simplexLogProb?: number[];
  }[];
  readonly concreteSamples: readonly {
    readonly temperature: number;
    readonly logits: number[][];
    readonly noise: number[][];
    readonly logZ: number[][] | null;
    readonly expLogProb: number[];
    readonly expTerms: number[];
    readonly logProb: number[];
    readonly terms: number[];
  }[];
  readonly igrSamples: readonly {
    readonly transform: "softmax++" | "stick-breaking" | "interpolation";
    readonly temperature: number;
    readonly delta: number;
    readonly loc: number[][];
    readonly scale: number[][];
    readonly noise: number[][];
    readonly logZ: number[][] | null;
    readonly logProb: number[];
    readonly terms: number[];
  }[];
  readonly bernoulliLogProbs: readonly {
    readonly temperature: number;
    readonly logits: number[];
    readonly logit: number[];
    readonly logProb: number[];
  }[];
  readonly concreteDivergences: readonly {
    readonly q: number[];
    readonly qTemperature: number;
    readonly p: number[];
    readonly pTemperature: number;
    readonly kl: number;
  }[];
}

export const reference: RelaxedReference = JSON.parse(
  readFileSync(new URL("./reference/relaxed.json", import.meta.url), "utf8"),
);

/** The largest error as a multiple of `max(1, terms)`: what float32 can lose where large terms cancel. */
export function worstError(actual: ArrayLike<number>, expected: readonly number[], terms: readonly number[]): number {
  const errors = expected.map(
    (value, row) => Math.abs((actual[row] as number) - value) / Math.max(1, terms[row] as number),
  );
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors);
}
