import type { Kinds } from "./kinds.js";

/** The temperatures that the paper selected by cross-validation (table 1, top); sticks are numbers below 1 and need a lower one. */
const selected: Readonly<Record<string, number>> = {
  igr: 0.5,
  "igr-categorical": 0.5,
  gs: 0.67,
  "igr-sb": 0.1,
  "igr-planar": 0.5,
  "binary-igr": 0.5,
  "binary-concrete": 0.67,
  "binary-gumbel": 0.67,
};
/** The temperatures of the paper's joint models (table 2). */
const joint: Readonly<Record<string, number>> = { igr: 0.1, gs: 0.25, "igr-sb": 0.1, "igr-planar": 0.1 };

/** The default temperature of a relaxation in a model. */
export function defaultTemperature({ model, latent }: Pick<Kinds, "model" | "latent">): number {
  return ((model === "joint-vae" ? joint : selected)[latent] ?? selected[latent]) as number;
}
