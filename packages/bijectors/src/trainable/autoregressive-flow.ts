import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import { InverseAutoregressive, MaskedAutoregressive } from "../flows/autoregressive.js";
import { affineTransformer, type Transformer } from "../flows/transformer.js";
import { autoregressiveMasks } from "../networks/autoregressive-masks.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";
import { type FlowNetworkOptions, NetworkParameters } from "./network-parameters.js";
import { permutation } from "./permutation.js";
import type { FlowStackOptions } from "./planar-flow.js";
import { stackFlows } from "./stacked-flow.js";

/** Options of {@link maskedAutoregressiveFlow} and {@link inverseAutoregressiveFlow}. */
export interface AutoregressiveFlowOptions extends FlowStackOptions, FlowNetworkOptions {
  /** How a coordinate moves: {@link affineTransformer} (the default) or {@link splineTransformer}. */
  readonly transformer?: Transformer;
}

type Direction = "masked-autoregressive" | "inverse-autoregressive";

class AutoregressiveFlow extends FlowFamily {
  readonly config;
  readonly size: number;
  readonly parameterShapes: Readonly<Record<string, readonly number[]>>;
  readonly #direction: Direction;
  readonly #options: AutoregressiveFlowOptions;
  readonly #network: NetworkParameters;
  readonly #transformer: Transformer;

  constructor(direction: Direction, options: AutoregressiveFlowOptions) {
    super();
    this.#direction = direction;
    this.#options = options;
    const { size, hidden = [32, 32], activation, contextSize = 0, transformer = affineTransformer() } = options;
    const outputs = transformer.parameterCount;
    this.size = size;
    this.#transformer = transformer;
    const widths = [size + contextSize, ...hidden, size * outputs];
    const masks = autoregressiveMasks({ size, hidden, outputs, contextSize });
    this.#network = new NetworkParameters("autoregressive flow", widths, activation, masks);
    this.parameterShapes = this.#network.shapes;
    this.config = { kind: direction, size, hidden, activation, contextSize, transformer: transformer.config };
  }

  override get contextSize(): number {
    return this.#options.contextSize ?? 0;
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    return this.#network.initial(rng, batchShape);
  }

  protected _bijector(parameters: FlowParameters, context: tf.Tensor | undefined): Bijector {
    const transformer = this.#transformer;
    const { size } = this;
    const options = { size, transformer, network: this.#network.network(parameters), context };
    return this.#direction === "masked-autoregressive"
      ? new MaskedAutoregressive(options)
      : new InverseAutoregressive(options);
  }
}

/** One autoregressive flow, without the reversal between two of them. */
export function singleAutoregressive(direction: Direction, options: AutoregressiveFlowOptions): FlowFamily {
  return new AutoregressiveFlow(direction, options);
}

function alternating(
  owner: string,
  direction: Direction,
  { depth = 1, ...options }: AutoregressiveFlowOptions,
): FlowFamily {
  checkInteger(owner, "size", options.size, 1);
  checkInteger(owner, "depth", depth, 1);
  checkInteger(owner, "contextSize", options.contextSize ?? 0, 0);
  const reversed = permutation(Array.from({ length: options.size }, (_, k) => options.size - 1 - k));
  const one = singleAutoregressive(direction, options);
  const parts = Array.from({ length: depth }, (_, index) => (index === 0 ? [one] : [reversed, one])).flat();
  return parts.length === 1 ? one : stackFlows(parts);
}

/**
 * The family of {@link MaskedAutoregressive} flows, `depth` of them in sequence, each with a masked dense network
 * (MADE); the order of the coordinates is reversed between them. Densities of given points take one pass of each
 * network, samples D passes. Initial flows are near the identity.
 *
 * @throws RangeError unless `size`, `depth` and each width are whole numbers >= 1.
 * @example
 * ```ts
 * maskedAutoregressiveFlow({ size: 3, hidden: [8] }).parameterCount; // 86
 * ```
 */
export function maskedAutoregressiveFlow(options: AutoregressiveFlowOptions): FlowFamily {
  return alternating("maskedAutoregressiveFlow", "masked-autoregressive", options);
}

/**
 * The family of {@link InverseAutoregressive} flows, otherwise like {@link maskedAutoregressiveFlow}: samples take one
 * pass of each network, densities of given points D passes.
 *
 * @throws RangeError unless `size`, `depth` and each width are whole numbers >= 1.
 * @example
 * ```ts
 * inverseAutoregressiveFlow({ size: 3, hidden: [8] }).parameterCount; // 86
 * ```
 */
export function inverseAutoregressiveFlow(options: AutoregressiveFlowOptions): FlowFamily {
  return alternating("inverseAutoregressiveFlow", "inverse-autoregressive", options);
}
