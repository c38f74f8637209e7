/** Everything that the first three parts of the page show is a function of these numbers. */
export interface Settings {
  /** Seed of the noise. */
  readonly seed: number;
  /** Softness of every relaxation, > 0. Interpolation uses at most 1. */
  readonly temperature: number;
  /** Weight of the last category in softmax++, > 0. */
  readonly delta: number;
  /** Mean of the first Gaussian coordinate. */
  readonly loc1: number;
  /** Mean of the second Gaussian coordinate. */
  readonly loc2: number;
  /** Standard deviation of the first coordinate, > 0. */
  readonly scale1: number;
  /** Standard deviation of the second coordinate, > 0. */
  readonly scale2: number;
}

/** The range of a setting. */
export interface Range {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly initial: number;
  /** Whether a slider moves along the logarithm. */
  readonly isLogarithmic?: boolean;
}

/** Limits, steps and initial values of the settings. */
export const RANGES: { readonly [name in keyof Settings]: Range } = {
  seed: { label: "Seed", min: 0, max: 999_999, step: 1, initial: 1 },
  temperature: { label: "Temperature", min: 0.01, max: 2, step: 0.001, initial: 1, isLogarithmic: true },
  delta: { label: "Delta", min: 0.01, max: 10, step: 0.01, initial: 1, isLogarithmic: true },
  loc1: { label: "Mean of y₁", min: -3, max: 3, step: 0.01, initial: 0.4 },
  loc2: { label: "Mean of y₂", min: -3, max: 3, step: 0.01, initial: -0.2 },
  scale1: { label: "Deviation of y₁", min: 0.1, max: 3, step: 0.01, initial: 1 },
  scale2: { label: "Deviation of y₂", min: 0.1, max: 3, step: 0.01, initial: 1 },
};

const names = Object.keys(RANGES) as (keyof Settings)[];

/** The initial values. */
export const INITIAL: Settings = Object.fromEntries(names.map((name) => [name, RANGES[name].initial])) as unknown as {
  [name in keyof Settings]: number;
};

/** The nearest allowed value. */
export function clamp(name: keyof Settings, value: number): number {
  const { min, max, step, initial } = RANGES[name];
  if (!Number.isFinite(value)) return initial;
  const rounded = Number((Math.round(value / step) * step).toFixed(6));
  return Math.min(max, Math.max(min, rounded));
}

/** Settings that differ from the initial ones, as a query such as `temperature=0.5&seed=7`. */
export function toQuery(settings: Settings): string {
  const changed = names.filter((name) => settings[name] !== INITIAL[name]);
  return new URLSearchParams(changed.map((name) => [name, String(settings[name])])).toString();
}

/** Parses a query. Missing or invalid settings have their initial values; others are clamped to their range. */
export function fromQuery(query: string): Settings {
  const given = new URLSearchParams(query);
  const read = (name: keyof Settings) => {
    const text = given.get(name);
    return text === null || text.trim() === "" ? INITIAL[name] : clamp(name, Number(text));
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Settings;
}
