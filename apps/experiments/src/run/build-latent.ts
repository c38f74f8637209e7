import { createRng, type FittedPrior, fitPrior } from "@igr/core";
import {
  type CategoricalEstimator,
  CategoricalLatent,
  GumbelSoftmaxLatent,
  type IgrCategoricalEstimator,
  IgrCategoricalLatent,
  IgrLatent,
  IgrPlanarLatent,
  type IgrPrior,
  IgrStickBreakingLatent,
  type Latent,
} from "@igr/models";
import type { LatentConfiguration, PriorConfiguration } from "../configuration/latent-schema.js";
import { flowOf } from "./build-flow.js";

/** Builds the categorical part of a model. Its prior and flows are initialized from forks of the seed. */
export function buildLatent(latent: LatentConfiguration, seed: number): Latent {
  if (latent.kind === "gs") {
    const { kind: _, ...options } = latent;
    return new GumbelSoftmaxLatent(defined(options));
  }
  if (latent.kind === "igr-categorical") {
    const { kind: _, estimator, ...options } = latent;
    return new IgrCategoricalLatent({ ...options, estimator: defined(estimator) as IgrCategoricalEstimator });
  }
  if (latent.kind === "categorical") {
    const { kind: _, estimator, ...options } = latent;
    return new CategoricalLatent({ ...options, estimator: defined(estimator) as CategoricalEstimator });
  }
  if (latent.kind === "igr") {
    const { kind: _, prior, delta, learnTemperature = false, ...options } = latent;
    const { transform, temperature, categories } = latent;
    const remainder = delta === undefined ? {} : { delta };
    const map = { transform, temperature, ...remainder, categories, coordinates: categories - 1, seed };
    return withPrior(
      prior,
      map,
      (fitted) => new IgrLatent({ ...options, ...remainder, learnTemperature, prior: fitted }),
    );
  }
  if (latent.kind === "igr-planar") {
    const { kind: _, prior, depth, flow, ...options } = latent;
    const { temperature, delta, categories } = latent;
    const rng = createRng(seed).fork("flows");
    const flows = flow === undefined ? { depth } : { flow: flowOf(flow, { size: categories - 1, depth }) };
    const map = { transform: "softmax++", temperature, delta, categories, coordinates: categories - 1, seed } as const;
    return withPrior(prior, map, (fitted) => new IgrPlanarLatent({ ...options, ...flows, prior: fitted, rng }));
  }
  if (latent.kind === "igr-sb") {
    const { kind: _, prior, categories, maxCategories, ...options } = latent;
    const { temperature, delta, rho } = latent;
    const coordinates = Math.max(categories, maxCategories);
    const map = { transform: "stick-breaking", temperature, delta, rho, categories, coordinates, seed } as const;
    return withPrior(
      prior,
      map,
      (fitted) => new IgrStickBreakingLatent({ ...options, maxCategories: coordinates, prior: fitted }),
    );
  }
  throw new TypeError(`buildLatent: ${latent.kind} relaxes bits, not categories`);
}

interface PriorMap {
  readonly transform: "softmax++" | "stick-breaking" | "interpolation";
  readonly temperature: number;
  readonly delta?: number;
  /** The stick mass at which the model cuts, if it does. */
  readonly rho?: number;
  /** This many categories are equally likely. */
  readonly categories: number;
  /** Number of coordinates of the Gaussian. */
  readonly coordinates: number;
  readonly seed: number;
}

/** Calls `build` with the prior, and disposes the prior's tensors afterwards. */
function withPrior(prior: PriorConfiguration, map: PriorMap, build: (prior: IgrPrior) => Latent): Latent {
  const { coordinates } = map;
  if (prior.kind === "numbers") {
    const { loc, scale } = prior;
    return build({ loc: Array(coordinates).fill(loc), scale: Array(coordinates).fill(scale) });
  }
  const fitted = fit(prior, map);
  try {
    return build(fitted);
  } finally {
    fitted.dispose();
  }
}

function fit(prior: PriorConfiguration & { kind: "fitted" }, map: PriorMap): FittedPrior {
  const { transform, temperature, delta, rho, categories, coordinates, seed } = map;
  // With sticks, the prior favours K categories equally and leaves the others to the data. With softmax++ the last
  // category is one of the K; with sticks it is additional and does not count.
  const size = transform === "stick-breaking" ? coordinates : coordinates + 1;
  const favoured = Math.min(categories, size);
  const { kind: _, ...options } = prior;
  return fitPrior({
    target: Array.from({ length: size }, (_, k) => (k < favoured ? 1 / favoured : 0)),
    transform,
    temperature,
    ...(delta === undefined ? {} : { delta }),
    ...(rho === undefined ? {} : { rho }),
    ...defined(options),
    rng: createRng(seed).fork("prior"),
  });
}

/** The given options, without undefined ones. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
