import { unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../base/distribution.js";
import { type RelaxationAlias, relaxationName } from "../base/relaxation-name.js";
import { type FitPriorOptions, fitPrior } from "../prior/fit-prior.js";
import type { Rng } from "../random/rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import type { IGRTransformName } from "../relaxations/igr-transform.js";

/** A family of IGRs that differ in temperature. */
export interface IgrFamily {
  /** `'softmax++'` by default. With `'stick-breaking'` there is a stick for each category, and a remainder. */
  readonly transform?: IGRTransformName;
  /** As in {@link IGR}. */
  readonly delta?: number;
  /**
   * Mean of every Gaussian coordinate; 0 by default. For transforms with sticks the offset `-log(sticks left)` is
   * added, so that all sticks are equally likely.
   */
  readonly loc?: number;
  /** Standard deviation of every coordinate; 1 by default. */
  readonly scale?: number;
  /**
   * Fits loc and scale anew at each temperature, to a uniform target, with these options of {@link fitPrior}; `loc` and
   * `scale` are then initial values. By default they are fixed. The distances depend only on scale / temperature, so
   * the two ways give different temperatures.
   */
  readonly refit?: Pick<FitPriorOptions, "objective" | "steps" | "samples" | "learningRate" | "scale">;
}

/**
 * Relaxations that differ by their temperature: `'gumbel-softmax'` with equal logits, `'igr'` (loc 0 and scale 1),
 * `'igr-stick-breaking'`, an {@link IgrFamily}, or a function that makes a relaxed distribution.
 */
export type TemperatureFamily =
  | "gumbel-softmax"
  | "igr"
  | "igr-stick-breaking"
  | RelaxationAlias
  | IgrFamily
  | ((temperature: number) => Distribution);

/** The family's relaxation of a uniform variable, by temperature. Call it inside `tf.tidy`, which frees its tensors. */
export function familyMember(
  family: TemperatureFamily,
  categories: number,
  rng: Rng,
): (temperature: number) => Distribution {
  if (typeof family === "function") return family;
  switch (relaxationName(family)) {
    case "gumbel-softmax":
      return (temperature) => new Concrete({ temperature, logits: new Array<number>(categories).fill(0) });
    case "igr":
      return (temperature) => igrMember({}, categories, temperature, rng);
    case "igr-stick-breaking":
      return (temperature) => igrMember({ transform: "stick-breaking" }, categories, temperature, rng);
    default:
      if (typeof family !== "object" || family === null) {
        throw unknownChoice(
          "matchTemperature",
          "family",
          family,
          "'gumbel-softmax', 'igr', 'igr-stick-breaking', options of an IGR or a function of the temperature",
        );
      }
      return (temperature) => igrMember(family, categories, temperature, rng);
  }
}

function igrMember(
  { transform = "softmax++", delta, loc = 0, scale = 1, refit }: IgrFamily,
  categories: number,
  temperature: number,
  rng: Rng,
): IGR {
  const options = { transform, temperature, ...(delta === undefined ? {} : { delta }) };
  if (refit) {
    const target = new Array<number>(categories).fill(1 / categories);
    // The same noise at every temperature.
    const fitted = fitPrior({ ...options, ...refit, target, start: { loc, scale }, rng: rng.fork("fit") });
    tf.dispose([fitted.mean, fitted.argmaxProbs, fitted.vertexProximity]);
    return new IGR({ ...options, loc: fitted.loc, scale: fitted.scale });
  }
  const dimension = transform === "stick-breaking" ? categories : categories - 1;
  const centre = (k: number) => (transform === "softmax++" ? 0 : -Math.log(dimension - k));
  return new IGR({ ...options, loc: Array.from({ length: dimension }, (_, k) => loc + centre(k)), scale });
}
