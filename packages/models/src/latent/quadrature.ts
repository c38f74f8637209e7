import type { ArgmaxProbsOptions } from "@igr/core";
import type { ProbsPrecision } from "./latent.js";

/** Points of the quadrature in training: a third of the full number, with errors near 1e-3 in the logarithms. */
const TRAINING_POINTS = 64;

/** The quadrature of the probabilities of softmax++'s categories at a precision. */
export function quadratureOf(precision: ProbsPrecision = "full"): ArgmaxProbsOptions {
  return precision === "training" ? { points: TRAINING_POINTS } : {};
}
