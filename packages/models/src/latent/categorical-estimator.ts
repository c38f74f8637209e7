import {
  Carms,
  createRng,
  DisArm,
  type Distribution,
  DoubleCv,
  GappedStraightThrough,
  type GradientEstimator,
  GumbelRao,
  type OneHotCategorical,
  Rebar,
  Reinforce,
  ReinMax,
  Relax,
  Rodeo,
  StraightThrough,
  TanhControlVariate,
  Vimco,
} from "@igr/core";
import { listOf, unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions, type OptionNames } from "../options/check-named-options.js";

/** Estimators that average over several draws for each image. */
interface Samples {
  /** Draws per image and step. */
  readonly samples?: number;
}

/**
 * An estimator of @igr/core as plain JSON: its class in kebab case, with options of the same names and defaults. `'straight-through-gumbel'` is the
 * straight-through Gumbel-Softmax. The scale `'learned'` makes it a variable of the model, like the weights of RELAX
 * and RODEO.
 */
export type CategoricalEstimator =
  | ({
      readonly kind: "straight-through";
      readonly forwardTemperature?: number;
      readonly backwardTemperature?: number;
    } & Samples)
  | ({ readonly kind: "straight-through-gumbel"; readonly temperature: number } & Samples)
  | ({ readonly kind: "gumbel-rao"; readonly temperature: number; readonly conditionalDraws?: number } & Samples)
  | ({
      readonly kind: "gapped-straight-through";
      readonly temperature: number;
      readonly gap?: number | "probability";
    } & Samples)
  | ({
      readonly kind: "reinmax";
      readonly temperature?: number;
      readonly variant?: "plain" | "rao" | "leave-one-out";
      readonly conditionalDraws?: number;
    } & Samples)
  | ({
      readonly kind: "reinforce";
      readonly baseline?: "none" | "moving-average" | "leave-one-out";
      /** Decay of the moving average, which is saved with the model. */
      readonly decay?: number;
    } & Samples)
  | ({
      readonly kind: "rebar";
      readonly temperature: number;
      readonly scale?: number | "learned";
      readonly coupled?: boolean;
    } & Samples)
  | ({
      readonly kind: "relax";
      readonly temperature?: number;
      readonly hidden?: readonly number[];
      readonly coupled?: boolean;
    } & Samples)
  | ({ readonly kind: "disarm"; readonly tree?: "balanced" | "sticks" } & Samples)
  | {
      readonly kind: "carms";
      readonly samples: number;
      readonly weighting?: "categories" | "nodes";
      readonly tree?: "balanced" | "sticks";
    }
  | { readonly kind: "double-cv"; readonly samples: number; readonly scale?: number | "learned" }
  | { readonly kind: "rodeo"; readonly samples: number; readonly hidden?: number }
  | { readonly kind: "vimco"; readonly samples: number };

type Kind = CategoricalEstimator["kind"];
type OptionsOf<K extends Kind> = Extract<CategoricalEstimator, { readonly kind: K }>;

/** An estimator, and the variable of its learned scale, which the estimator itself does not dispose. */
export interface OwnedEstimator<D extends Distribution> {
  readonly estimator: GradientEstimator<D>;
  dispose(): void;
}

type Owned = OwnedEstimator<OneHotCategorical>;

/** How to build a kind of estimator, and the options that it accepts. */
interface Recipe<K extends Kind> {
  readonly names: OptionNames<OptionsOf<K>>;
  build(options: OptionsOf<K>, inputs: number): Owned;
}

const optional = "optional";
const checked = "checked";

const RECIPES: { readonly [K in Kind]: Recipe<K> } = {
  "straight-through": {
    names: { kind: checked, samples: optional, forwardTemperature: optional, backwardTemperature: optional },
    build: (options) => owned(new StraightThrough(options)),
  },
  "straight-through-gumbel": {
    names: { kind: checked, samples: optional, temperature: checked },
    build: (options) => owned(new GumbelRao({ ...options, conditionalDraws: 1 })),
  },
  "gumbel-rao": {
    names: { kind: checked, samples: optional, temperature: checked, conditionalDraws: optional },
    build: (options) => owned(new GumbelRao(options)),
  },
  "gapped-straight-through": {
    names: { kind: checked, samples: optional, temperature: checked, gap: optional },
    build: (options) => owned(new GappedStraightThrough(options)),
  },
  reinmax: {
    names: { kind: checked, samples: optional, temperature: optional, variant: optional, conditionalDraws: optional },
    build: (options) => owned(new ReinMax(options)),
  },
  reinforce: {
    names: { kind: checked, samples: optional, baseline: optional, decay: optional },
    build: (options) => owned(new Reinforce(options)),
  },
  rebar: {
    names: { kind: checked, samples: optional, temperature: checked, scale: optional, coupled: optional },
    build: (options) => scaled(options.scale, (scale) => new Rebar({ ...options, scale })),
  },
  relax: {
    names: { kind: checked, samples: optional, temperature: optional, hidden: optional, coupled: optional },
    build: ({ hidden = [32], ...options }, inputs) => {
      const controlVariate = new TanhControlVariate({ inputs, hidden, rng: createRng("relax") });
      return owned(new Relax({ ...options, controlVariate }));
    },
  },
  disarm: {
    names: { kind: checked, samples: optional, tree: optional },
    build: (options) => owned(new DisArm(options)),
  },
  carms: {
    names: { kind: checked, samples: checked, weighting: optional, tree: optional },
    build: (options) => owned(new Carms(options)),
  },
  "double-cv": {
    names: { kind: checked, samples: checked, scale: optional },
    build: (options) => scaled(options.scale, (scale) => new DoubleCv({ ...options, scale })),
  },
  rodeo: {
    names: { kind: checked, samples: checked, hidden: optional },
    build: (options) => owned(new Rodeo({ ...options, rng: createRng("rodeo") })),
  },
  vimco: {
    names: { kind: checked, samples: checked },
    build: (options) => owned(new Vimco(options)),
  },
};

/**
 * Builds an estimator for `inputs` numbers (variables times categories) of one loss. Its variables do not depend on the
 * model's seed: control variates start at zero.
 *
 * @param further Further kinds that the caller supports, for the error message.
 * @throws RangeError for an unknown kind; TypeError for an unknown option; whatever the estimator's constructor throws.
 */
export function makeEstimator(
  owner: string,
  options: CategoricalEstimator,
  inputs: number,
  further: readonly string[] = [],
): Owned {
  const kind: unknown = (options as { readonly kind?: unknown } | undefined)?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(RECIPES, kind)) {
    throw unknownChoice(`${owner}: estimator`, "kind", kind, listOf([...further, ...Object.keys(RECIPES)]));
  }
  // Kind and recipe belong together, which TypeScript does not follow through the index.
  const recipe = RECIPES[kind as Kind] as Recipe<Kind>;
  checkNamedOptions(`${owner}: estimator`, options, recipe.names as OptionNames<CategoricalEstimator>);
  return recipe.build(options as OptionsOf<Kind>, inputs);
}

function owned(estimator: GradientEstimator<OneHotCategorical>, scale?: tf.Variable): Owned {
  return {
    estimator,
    dispose: () => {
      estimator.dispose();
      scale?.dispose();
    },
  };
}

function scaled(
  scale: number | "learned" | undefined,
  make: (scale: number | tf.Variable) => GradientEstimator<OneHotCategorical>,
): Owned {
  if (scale !== "learned") return owned(make(scale ?? 1));
  const variable = tf.tidy(() => tf.variable(tf.scalar(1)));
  try {
    return owned(make(variable), variable);
  } catch (error) {
    variable.dispose();
    throw error;
  }
}
