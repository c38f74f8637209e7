import { planarFlow } from "@igr/bijectors";
import { checkInteger, checkOneOf, unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { relaxationName } from "../base/relaxation-name.js";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Rng } from "../random/rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import type { DiscreteTarget } from "./target.js";

/** IGR with softmax++ (eq 21). */
export interface IgrApproximation {
  readonly type: "igr";
  /** Number of categories K, the remainder included; all of the target's by default. */
  readonly categories?: number;
  /** Weight of the remainder, > 0; 0.1 by default. */
  readonly delta?: number;
}

/** IGR with planar flows before softmax++. */
export interface IgrPlanarApproximation {
  readonly type: "igr-planar";
  /** Number of planar flows; 2 by default. */
  readonly depth?: number;
  /** Number of categories K, the remainder included; all of the target's by default. */
  readonly categories?: number;
  /** Weight of the remainder, > 0; 0.1 by default. */
  readonly delta?: number;
}

/** IGR with stick-breaking over as many coordinates as samples need ({@link InfiniteIGR}). */
export interface IgrSbApproximation {
  readonly type: "igr-stick-breaking" | "igr-sb" | "stick-breaking";
  /** Stick mass that the kept coordinates of each sample exceed, in (0, 1); 0.99 by default. */
  readonly rho?: number;
  /** Coordinates that are added at a time; 64 by default. */
  readonly block?: number;
  /** The largest number of coordinates; 512 by default. */
  readonly cap?: number;
  /** What happens if samples need more coordinates; as in {@link InfiniteIGR}. */
  readonly onCap?: "error" | "warn" | "ignore";
  /** Weight of the remainder, > 0; 0.1 by default. */
  readonly delta?: number;
}

/** Gumbel-Softmax. */
export interface GsApproximation {
  readonly type: "gumbel-softmax" | "gs" | "concrete" | "gumbel";
  /** Number of categories K; all of the target's by default. */
  readonly categories?: number;
}

/** The relaxation with its settings; a name alone uses the defaults. */
export type ApproximationFamily = IgrApproximation | IgrPlanarApproximation | IgrSbApproximation | GsApproximation;

/** Parameters that are trained. */
export interface Trained {
  readonly name: string;
  readonly values: Float64Array;
  readonly shape: readonly number[];
  /** Whether they are kept fixed. */
  readonly isFixed?: boolean;
}

/** Parameters of a distribution by name. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** A relaxation whose parameters are arrays of numbers. */
export interface Family {
  /** The parameters; the list grows with the family. */
  readonly trained: readonly Trained[];
  /**
   * The distribution's parameters of these tensors, one for each of `trained`; new tensors, or the given ones. Of a family
   * that grows, for at least `count` categories: those beyond the trained ones have their starting values.
   */
  parameters(tensors: readonly tf.Tensor[], count?: number): NamedTensors;
  /** The distribution of these parameters. */
  distribution(parameters: NamedTensors): RelaxedDistribution;
  /**
   * Adds categories to train, and returns false if there are no more. Undefined if the number of categories is fixed.
   */
  grow?(): boolean;
}

/** Initial values of every family. */
export interface FamilySettings {
  readonly target: DiscreteTarget;
  readonly temperature: number;
  /** Initial means; see {@link makeFamily} for the default. */
  readonly loc: number | undefined;
  /** Initial or fixed standard deviations. */
  readonly scale: number;
  readonly hasFreeScale: boolean;
  readonly rng: Rng;
}

/**
 * By default means start at 0, and means of sticks at the value with which the stick lengths have the target's mean.
 *
 * @throws RangeError for an unknown type or numbers outside their domain.
 */
export function makeFamily(spec: ApproximationFamily, settings: FamilySettings): Family {
  switch (relaxationName(spec.type)) {
    case "igr":
      return igrFamily(spec as IgrApproximation, 0, settings);
    case "igr-planar": {
      const planar = spec as IgrPlanarApproximation;
      return igrFamily(planar, checkInteger("approximate", "depth", planar.depth ?? 2, 1), settings);
    }
    case "igr-stick-breaking":
      return sticksFamily(spec as IgrSbApproximation, settings);
    case "gumbel-softmax":
      return gsFamily(spec as GsApproximation, settings);
    default:
      throw unknownChoice(
        "approximate",
        "relaxation",
        (spec as { type?: unknown }).type,
        "'igr', 'igr-stick-breaking', 'igr-planar', 'gumbel-softmax' or an object with such a type",
      );
  }
}

function gsFamily({ categories }: GsApproximation, { target, temperature }: FamilySettings): Family {
  const size = checkInteger("approximate", "categories", categories ?? target.size, 2);
  return {
    trained: [trainedOf("logits", [size], 0)],
    parameters: ([logits]) => ({ logits: logits as tf.Tensor }),
    distribution: ({ logits }) => new Concrete({ temperature, logits }),
  };
}

function igrFamily(
  { categories, delta }: IgrApproximation | IgrPlanarApproximation,
  depth: number,
  settings: FamilySettings,
): Family {
  const { target, temperature, rng } = settings;
  const size = checkInteger("approximate", "categories", categories ?? target.size, 2) - 1;
  const gaussian = gaussians(size, settings.loc ?? 0, settings);
  const flow = depth > 0 ? planarFlow({ size, depth }) : undefined;
  const ofFlow = flow ? trainedFrom(flow.initial(rng.fork("flow"))) : [];
  return {
    trained: [...gaussian, ...ofFlow],
    parameters: ([loc, logScale, ...others]) => ({
      loc: loc as tf.Tensor,
      scale: tf.exp(logScale as tf.Tensor),
      ...Object.fromEntries(ofFlow.map(({ name }, index) => [name, others[index] as tf.Tensor])),
    }),
    distribution: ({ loc, scale, ...others }) =>
      new IGR({
        loc: loc as tf.Tensor,
        scale: scale as tf.Tensor,
        temperature,
        delta,
        ...(flow && { transform: flow.bijector(others) }),
      }),
  };
}

/** Trained in blocks: means and logarithms of standard deviations. */
function sticksFamily(spec: IgrSbApproximation, settings: FamilySettings): Family {
  const { rho, block = 64, cap = 512, delta, onCap = "error" } = spec;
  const { target, temperature } = settings;
  checkOneOf("approximate", "onCap", onCap, ["error", "warn", "ignore"]);
  checkInteger("approximate", "block", block, 1);
  checkInteger("approximate", "cap", cap, 1);
  // Sticks of equal shares are a geometric distribution; this one has the target's mean.
  const loc = settings.loc ?? -Math.log(Math.max(target.mean, 0.1));
  const trained: Trained[] = [];
  const grow = () => {
    const size = Math.min(block, cap - (trained.length / 2) * block);
    if (size > 0) trained.push(...gaussians(size, loc, settings));
    return size > 0;
  };
  grow();
  return {
    trained,
    grow,
    parameters: (tensors, count = 0) => {
      const present = tensors.reduce((sum, { size }) => sum + size, 0) / 2;
      const missing = Math.max(0, Math.min(count, cap) - present);
      const joined = (offset: number, value: number) => {
        const blocks = tensors.filter((_, index) => index % 2 === offset);
        return tf.concat(missing > 0 ? [...blocks, tf.fill([missing], value)] : blocks);
      };
      return { loc: joined(0, loc), scale: tf.exp(joined(1, Math.log(settings.scale))) };
    },
    distribution: ({ loc, scale }) => new InfiniteIGR({ loc, scale, temperature, delta, rho, onCap: "ignore" }),
  };
}

/** Means and logarithms of standard deviations. */
function gaussians(size: number, loc: number, { scale, hasFreeScale }: FamilySettings): [Trained, Trained] {
  return [trainedOf("loc", [size], loc), { ...trainedOf("logScale", [size], Math.log(scale)), isFixed: !hasFreeScale }];
}

function trainedFrom(tensors: Record<string, tf.Tensor>): Trained[] {
  const trained = Object.entries(tensors).map(([name, value]) => ({
    name,
    shape: value.shape,
    values: Float64Array.from(value.dataSync()),
  }));
  tf.dispose(tensors);
  return trained;
}

function trainedOf(name: string, shape: readonly number[], value: number): Trained {
  return { name, shape, values: new Float64Array(shape.reduce((size, each) => size * each, 1)).fill(value) };
}

/** The numbers as a new float32 tensor. */
export function tensorOf({ values, shape }: Trained): tf.Tensor {
  return tf.tensor(Float32Array.from(values), shape.slice());
}

/** Reads a result from the distribution of the current parameters. */
export function readPresent<T>(family: Family, read: (relaxed: RelaxedDistribution) => T): T {
  const results: T[] = [];
  tf.tidy(() => {
    results.push(read(family.distribution(family.parameters(family.trained.map(tensorOf)))));
  });
  return results[0] as T;
}
