import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { Coupling } from "../flows/coupling.js";
import { type AffineTransformerOptions, affineTransformer, type Transformer } from "../flows/transformer.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";
import { type FlowNetworkOptions, NetworkParameters } from "./network-parameters.js";
import type { FlowStackOptions } from "./planar-flow.js";
import { stackFlows } from "./stacked-flow.js";

/** Options of {@link couplingFlow}. */
export interface CouplingFlowOptions extends FlowStackOptions, FlowNetworkOptions {
  /** How a coordinate moves: {@link affineTransformer} (the default) or {@link splineTransformer}. */
  readonly transformer?: Transformer;
}

/** Options of {@link realNVPFlow}. */
export interface RealNVPFlowOptions extends FlowStackOptions, FlowNetworkOptions, AffineTransformerOptions {}

class CouplingFlow extends FlowFamily {
  readonly config;
  readonly size: number;
  readonly parameterShapes: Readonly<Record<string, readonly number[]>>;
  readonly #network: NetworkParameters;
  readonly #options: CouplingFlowOptions & { readonly transformer: Transformer; readonly parity: number };

  /** A mask that keeps the coordinates whose index has this parity. */
  constructor(options: CouplingFlowOptions & { readonly transformer: Transformer; readonly parity: number }) {
    super();
    this.#options = options;
    const { size, hidden = [32, 32], activation, contextSize = 0, transformer, parity } = options;
    this.size = size;
    const kept = Math.floor((size + 1 - parity) / 2);
    const widths = [kept + contextSize, ...hidden, (size - kept) * transformer.parameterCount];
    this.#network = new NetworkParameters("couplingFlow", widths, activation);
    this.parameterShapes = this.#network.shapes;
    this.config = { kind: "coupling", size, hidden, activation, contextSize, parity, transformer: transformer.config };
  }

  override get contextSize(): number {
    return this.#options.contextSize ?? 0;
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    return this.#network.initial(rng, batchShape);
  }

  protected _bijector(parameters: FlowParameters, context: tf.Tensor | undefined): Coupling {
    const { transformer, parity } = this.#options;
    const mask = Array.from({ length: this.size }, (_, k) => k % 2 === parity);
    return new Coupling({ mask, network: this.#network.network(parameters), transformer, context });
  }
}

/** One coupling, which keeps the coordinates whose index has this parity. */
export function singleCoupling(options: CouplingFlowOptions & { readonly parity: number }): FlowFamily {
  return new CouplingFlow({ ...options, transformer: options.transformer ?? affineTransformer() });
}

/**
 * The family of {@link Coupling} flows, `depth` of them in sequence: coordinates of even and of odd index stay
 * alternately, and a dense network computes from them how the others move. With {@link splineTransformer} they are
 * neural spline flows (Durkan, Bekasov, Murray and Papamakarios 2019). Initial flows are near the identity.
 *
 * @throws RangeError unless `size` is a whole number >= 2 and `depth` and each width are whole numbers >= 1.
 * @example
 * ```ts
 * couplingFlow({ size: 2, depth: 2, hidden: [8], transformer: splineTransformer({ bins: 4 }) }).parameterCount; // 230
 * ```
 */
export function couplingFlow({ depth = 1, ...options }: CouplingFlowOptions): FlowFamily {
  checkInteger("couplingFlow", "size", options.size, 2);
  checkInteger("couplingFlow", "depth", depth, 1);
  checkInteger("couplingFlow", "contextSize", options.contextSize ?? 0, 0);
  const parts = Array.from({ length: depth }, (_, index) => singleCoupling({ ...options, parity: index % 2 }));
  return parts.length === 1 ? (parts[0] as FlowFamily) : stackFlows(parts);
}

/**
 * The family of {@link RealNVP} flows: {@link couplingFlow} with {@link affineTransformer}.
 *
 * @throws RangeError unless `size` is a whole number >= 2 and `depth` and each width are whole numbers >= 1.
 * @example
 * ```ts
 * realNVPFlow({ size: 3, depth: 1, hidden: [8] }).parameterCount; // 42
 * ```
 */
export function realNVPFlow({ maxLogScale, ...options }: RealNVPFlowOptions): FlowFamily {
  return couplingFlow({ ...options, transformer: affineTransformer({ maxLogScale }) });
}
