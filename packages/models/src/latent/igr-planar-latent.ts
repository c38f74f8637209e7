import {
  type FlowConfig,
  FlowFamily,
  flowFromConfig,
  planarFlow,
  SoftmaxPlusPlus,
  TrainableFlow,
} from "@igr/bijectors";
import { IGR, klDivergence, OneHotCategorical, type Rng } from "@igr/core";
import { checkInteger, checkOneOf, checkPositive, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { byImages } from "./by-images.js";
import { onePointMore, PRIOR_POINTS } from "./frequencies.js";
import { gaussianKl, gaussianLogRatio, locAndScale } from "./gaussian-terms.js";
import { GaussianPrior, type IgrPrior, PRIOR_FOLLOWS, readPrior } from "./igr-prior.js";
import { Latent, type LatentSize } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";

/** Options of {@link IgrPlanarLatent}. */
export interface IgrPlanarLatentOptions extends LatentSize {
  /** How many planar flows are stacked; 2, 5 and 10 in the paper's table 4. Left out only if `flow` is given. */
  readonly depth?: number;
  /**
   * Flows of another family instead, with K-1 coordinates and no context: a `FlowFamily` of @igr/bijectors, such as
   * `radialFlow({ size: K - 1, depth: 2 })`, or its `config`.
   */
  readonly flow?: FlowFamily | FlowConfig;
  /** Temperature of softmax++, > 0; with a schedule in `fit`, its final value. */
  readonly temperature: number;
  /** Weight of softmax++'s remainder, > 0; 0.1 by default. */
  readonly delta?: number;
  /** A Gaussian for each coordinate; `flowPrior` says where in the map it applies. */
  readonly prior: IgrPrior;
  /**
   * `'through-flow'` (default; the paper's table 4): prior and posterior go through the same flow. The KL is that of
   * the Gaussians, in closed form (eq 19), and the prior over the simplex changes as the flow trains. `'fixed'`: the
   * prior is softmax++ of its Gaussian, without the flow, as fitted by `fitPrior` (eq 20); the KL is estimated from the
   * decoder's sample with the flow's log-determinant.
   */
  readonly flowPrior?: "through-flow" | "fixed";
  /** Initializes the flows, near the identity. */
  readonly rng: Rng;
}

/**
 * N IGR variables with K categories, each with its own stack of planar flows between the Gaussian and softmax++
 * (IGR-Planar; section 4.1 and appendix C of the paper), or of flows of another family. The flows are parameters of the model. The encoder gives only
 * loc and log scale, as for {@link IgrLatent}.
 *
 * @example
 * ```ts
 * const prior = { loc: Array(9).fill(0), scale: Array(9).fill(1) };
 * const latent = new IgrPlanarLatent({ variables: 30, categories: 10, depth: 2, temperature: 0.1, prior, rng: createRng(1) });
 * latent.trainableVariables.length; // 6
 * ```
 */
export class IgrPlanarLatent extends Latent {
  /** How many planar flows follow each other; undefined for flows of another family. */
  readonly depth: number | undefined;
  readonly temperature: number;
  readonly delta: number;
  readonly flowPrior: "through-flow" | "fixed";
  /** The stacks, one for each variable: R^(K-1) -> R^(K-1). */
  readonly flow: TrainableFlow;
  readonly #family: FlowFamily;
  readonly #prior: GaussianPrior;

  /**
   * @throws RangeError for a number out of range, a prior without K-1 numbers each, or flows of another size or with a context; TypeError
   * unless one of `depth` and `flow` is given.
   */
  constructor(options: IgrPlanarLatentOptions) {
    const owner = "IgrPlanarLatent";
    if (new.target === IgrPlanarLatent) checkNamedOptions(owner, options, OPTIONS);
    const { depth, flow, temperature, delta = 0.1, prior, flowPrior = "through-flow", rng, ...size } = options;
    super(size);
    checkRng(owner, rng, "fork");
    const dimension = this.categories - 1;
    this.#family = familyOf(owner, depth, flow, dimension);
    this.depth = flow === undefined ? depth : undefined;
    this.temperature = checkPositive(owner, "temperature", temperature);
    this.delta = checkPositive(owner, "delta", delta);
    this.flowPrior = checkOneOf(owner, "flowPrior", flowPrior, ["through-flow", "fixed"]);
    this.#prior = new GaussianPrior(readPrior(owner, prior, dimension, "K-1"), this.variables, false);
    this.flow = new TrainableFlow(this.#family, { rng, batchShape: [this.variables] });
  }

  override get outputsPerVariable(): number {
    return 2 * (this.categories - 1);
  }

  override get hasTemperature(): boolean {
    return true;
  }

  override describeScheduledPrior(): string {
    return PRIOR_FOLLOWS;
  }

  override get trainableVariables(): tf.Variable[] {
    return this.flow.trainableVariables;
  }

  /** `{ loc, scale }`, each `[B, N, K-1]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return locAndScale(outputs);
  }

  override sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape: readonly number[] = [],
    { temperature }: Scheduled = {},
  ): LatentSample {
    const loc = parameters.loc!;
    const scale = parameters.scale!;
    const eps = rng.normal([...sampleShape, ...loc.shape]);
    const y = tf.add(loc, tf.mul(scale, eps));
    if (this.flowPrior === "through-flow") {
      // The densities are those of the pre-image: the Jacobians of flow and softmax++ cancel.
      const logRatio = () => gaussianLogRatio(eps, scale, y, this.#prior);
      return { z: this.#softmax(temperature).forward(this.flow.forward(y)), logRatio };
    }
    const { value, logDet } = this.flow.forwardAndLogDet(y);
    const logRatio = () => tf.tidy(() => tf.sub(gaussianLogRatio(eps, scale, value, this.#prior), logDet));
    return { z: this.#softmax(temperature).forward(value), logRatio };
  }

  override kl(parameters: LatentParameters, sample: LatentSample): tf.Tensor {
    const { loc, scale } = parameters;
    return this.flowPrior === "through-flow"
      ? gaussianKl({ loc: loc!, scale: scale! }, this.#prior)
      : sample.logRatio();
  }

  /**
   * Frequencies over a lattice of 1,024 points, accurate to about 1e-2: after the flows no coordinate can be integrated
   * separately. A category without points has -Infinity.
   */
  override discreteLogProbs({ loc, scale }: LatentParameters): tf.Tensor {
    return byImages({ loc: loc!, scale: scale! }, POINTS, (loc, scale) =>
      this.#throughFlow(loc, scale).discreteLogProbs({ samples: POINTS }),
    );
  }

  /**
   * That of argmax z under posterior and prior; see {@link discreteLogProbs}. For a prior that goes through the flow,
   * one point is added to each category, so that no category of the posterior is impossible.
   */
  override categoricalKl(parameters: LatentParameters): tf.Tensor {
    return tf.tidy(() => {
      const posterior = new OneHotCategorical({ logits: this.discreteLogProbs(parameters) });
      return klDivergence(posterior, new OneHotCategorical({ logits: this.#priorLogProbs() }));
    });
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => {
      const { loc, scale } = this.#prior;
      const y = tf.add(loc, tf.mul(scale, rng.normal([count, this.variables, this.categories - 1])));
      const value = this.flowPrior === "through-flow" ? this.flow.forward(y) : y;
      return this.#softmax().forward(value) as tf.Tensor3D;
    });
  }

  override config(): LatentConfig {
    const { variables, categories, depth, temperature, delta, flowPrior } = this;
    const prior = this.#prior.numbers;
    const flows = depth === undefined ? { flow: this.#family.config } : { depth };
    return { kind: "igr-planar", variables, categories, ...flows, temperature, delta, flowPrior, prior };
  }

  override dispose(): void {
    this.#prior.dispose();
    this.flow.dispose();
  }

  #throughFlow(loc: tf.Tensor, scale: tf.Tensor): IGR {
    const { temperature, delta, flow: transform } = this;
    return new IGR({ loc, scale, temperature, delta, transform });
  }

  /** log P(argmax z = k) of the prior, `[N, K]` or `[K]`. */
  #priorLogProbs(): tf.Tensor {
    const { temperature, delta } = this;
    const { loc, scale } = this.#prior;
    if (this.flowPrior === "fixed") return new IGR({ loc, scale, temperature, delta }).discreteLogProbs();
    return onePointMore(this.#throughFlow(loc, scale).discreteLogProbs({ samples: PRIOR_POINTS }), PRIOR_POINTS);
  }

  #softmax(temperature: tf.Scalar | number = this.temperature): SoftmaxPlusPlus {
    return new SoftmaxPlusPlus({ temperature, delta: this.delta });
  }
}

function familyOf(
  owner: string,
  depth: number | undefined,
  flow: FlowFamily | FlowConfig | undefined,
  dimension: number,
): FlowFamily {
  if ((depth === undefined) === (flow === undefined)) {
    throw new TypeError(`${owner}: needs either depth or flow, got ${depth === undefined ? "neither" : "both"}`);
  }
  if (flow === undefined) {
    return planarFlow({ size: dimension, depth: checkInteger(owner, "depth", depth as number, 1) });
  }
  const family = flow instanceof FlowFamily ? flow : flowFromConfig(flow);
  if (family.size !== dimension || family.contextSize !== 0) {
    throw new RangeError(
      `${owner}: flow must have K-1 = ${dimension} coordinates and no context, got ${family.size} and a context of ${family.contextSize}`,
    );
  }
  return family;
}

/** Points of the lattice for each image and variable. */
const POINTS = 1024;

const OPTIONS = {
  variables: "checked",
  categories: "checked",
  depth: "optional",
  flow: "optional",
  temperature: "checked",
  delta: "optional",
  prior: "checked",
  flowPrior: "optional",
  rng: "checked",
} as const;
