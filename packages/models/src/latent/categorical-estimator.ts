import {
  Carms,
  createRng,
  DisArm,
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
import { unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Several draws of each image, whose estimates are averaged. */
interface Samples {
  /** Draws per image and step. */
  readonly samples?: number;
}

/**
 * An estimator of @igr/core as plain JSON: its class in kebab case, with options of the same names and defaults. `'straight-through-gumbel'` is the
 * straight-through Gumbel-Softmax. A scale of `'learned'` is a variable of the model, as are the weights of RELAX and RODEO.
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
  | ({ readonly kind: "reinforce"; readonly baseline?: "none" | "leave-one-out" } & Samples)
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

/** An estimator, and the variable that is its learned scale, which it does not free itself. */
export interface OwnedEstimator {
  readonly estimator: GradientEstimator<OneHotCategorical>;
  dispose(): void;
}

/**
 * Builds an estimator for `inputs` numbers (variables times categories) of one loss. Where its own variables start does not depend
 * on the model's seed: control variates begin as none.
 *
 * @throws RangeError for an unknown kind; what the estimator's own constructor throws.
 */
export function makeEstimator(owner: string, options: CategoricalEstimator, inputs: number): OwnedEstimator {
  const owned = (estimator: GradientEstimator<OneHotCategorical>, scale?: tf.Variable): OwnedEstimator => ({
    estimator,
    dispose: () => {
      estimator.dispose();
      scale?.dispose();
    },
  });
  const scaled = (
    scale: number | "learned" | undefined,
    make: (scale: number | tf.Variable) => GradientEstimator<OneHotCategorical>,
  ) => {
    const variable = scale === "learned" ? tf.tidy(() => tf.variable(tf.scalar(1))) : undefined;
    try {
      return owned(make(variable ?? (scale as number | undefined) ?? 1), variable);
    } catch (error) {
      variable?.dispose();
      throw error;
    }
  };
  switch (options?.kind) {
    case "straight-through":
      return owned(new StraightThrough(options));
    case "straight-through-gumbel":
      return owned(new GumbelRao({ ...options, conditionalDraws: 1 }));
    case "gumbel-rao":
      return owned(new GumbelRao(options));
    case "gapped-straight-through":
      return owned(new GappedStraightThrough(options));
    case "reinmax":
      return owned(new ReinMax(options));
    case "reinforce":
      if ((options.baseline as string) === "moving-average") {
        // It is no variable that training moves, and a checkpoint would lose it.
        throw new RangeError(`${owner}: estimator.baseline must be 'none' or 'leave-one-out', got 'moving-average'`);
      }
      return owned(new Reinforce(options));
    case "rebar":
      return scaled(options.scale, (scale) => new Rebar({ ...options, scale }));
    case "relax": {
      const { hidden = [32], ...rest } = options;
      const controlVariate = new TanhControlVariate({ inputs, hidden, rng: createRng("relax") });
      return owned(new Relax({ ...rest, controlVariate }));
    }
    case "disarm":
      return owned(new DisArm(options));
    case "carms":
      return owned(new Carms(options));
    case "double-cv":
      return scaled(options.scale, (scale) => new DoubleCv({ ...options, scale }));
    case "rodeo":
      return owned(new Rodeo({ ...options, rng: createRng("rodeo") }));
    case "vimco":
      return owned(new Vimco(options));
    default:
      throw unknownChoice(`${owner}: estimator`, "kind", (options as { kind?: unknown } | undefined)?.kind, KINDS);
  }
}

const KINDS =
  "'straight-through', 'straight-through-gumbel', 'gumbel-rao', 'gapped-straight-through', 'reinmax', 'reinforce', 'rebar', " +
  "'relax', 'disarm', 'carms', 'double-cv', 'rodeo' or 'vimco'";
