import { Chain, Planar, SoftmaxPlusPlus } from "@igr/bijectors";
import { Concrete, IGR, type RelaxedDistribution } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "../settings/settings.js";

/** The relaxations that the page compares. */
export const FAMILIES = ["softmax++", "stick-breaking", "interpolation", "planar", "gumbel-softmax"] as const;

/** A relaxation by name. */
export type Family = (typeof FAMILIES)[number];

/** The page's text about each relaxation. */
export const ABOUT: { readonly [name in Family]: { readonly title: string; readonly formula: string } } = {
  "softmax++": { title: "IGR, softmax++", formula: "exp(yₖ/τ) / (Σ exp(yⱼ/τ) + δ)" },
  "stick-breaking": { title: "IGR, stick-breaking", formula: "sticks of a unit length, then softmax++" },
  interpolation: { title: "IGR, interpolation", formula: "sticks, then towards the nearest corner" },
  planar: { title: "IGR, planar flow", formula: "two planar flows, then softmax++" },
  "gumbel-softmax": { title: "Gumbel-Softmax", formula: "softmax((logits + Gumbel noise) / τ)" },
};

/** Parameters of a relaxation: Gaussian coordinates, or logits. */
export type Parameters = Readonly<Record<string, tf.Tensor>>;

/** The parameters at these settings. The logits of the Gumbel-Softmax are log P(argmax z = k) of softmax++. */
export function parametersOf(family: Family, settings: Settings): Parameters {
  const loc = tf.tensor1d([settings.loc1, settings.loc2]);
  const scale = tf.tensor1d([settings.scale1, settings.scale2]);
  if (family !== "gumbel-softmax") return { loc, scale };
  const { temperature, delta } = settings;
  return { logits: new IGR({ loc, scale, temperature, delta }).discreteLogProbs() };
}

/** The relaxation with these parameters. */
export function makeRelaxation(family: Family, parameters: Parameters, settings: Settings): RelaxedDistribution {
  const { temperature, delta } = settings;
  if (family === "gumbel-softmax") return new Concrete({ temperature, logits: parameters.logits as tf.Tensor });
  const { loc, scale } = parameters as { loc: tf.Tensor; scale: tf.Tensor };
  switch (family) {
    case "softmax++":
    case "stick-breaking":
      return new IGR({ loc, scale, temperature, delta, transform: family });
    case "interpolation":
      return new IGR({ loc, scale, temperature: Math.min(1, temperature), transform: family });
    case "planar":
      return new IGR({ loc, scale, transform: new Chain([new SoftmaxPlusPlus({ temperature, delta }), ...FLOWS]) });
  }
}

/** Two flows that bend the plane visibly. */
const FLOWS = [new Planar({ u: [2, -1], w: [1.2, 0.6], b: 0.3 }), new Planar({ u: [-0.5, 2], w: [-0.8, 1], b: -0.4 })];
