import { unknownChoice } from "@igr/tensors";
import { affineTransformer, splineTransformer, type Transformer } from "../flows/transformer.js";
import { type AutoregressiveFlowOptions, singleAutoregressive } from "./autoregressive-flow.js";
import { type CouplingFlowOptions, singleCoupling } from "./coupling-flow.js";
import type { FlowConfig, FlowFamily } from "./flow-family.js";
import { permutation } from "./permutation.js";
import { type FlowStackOptions, planarFlow } from "./planar-flow.js";
import { radialFlow } from "./radial-flow.js";
import { type SplineFlowOptions, splineFlow } from "./spline-flow.js";
import { stackFlows } from "./stacked-flow.js";
import { type SylvesterFlowOptions, sylvesterFlow } from "./sylvester-flow.js";

type Options<T> = FlowConfig & T;
type WithTransformer<T> = FlowConfig & T & { readonly transformer: Transformer["config"] };

const makers: Readonly<Record<string, (config: never) => FlowFamily>> = {
  planar: (config: Options<FlowStackOptions>) => planarFlow(config),
  radial: (config: Options<FlowStackOptions>) => radialFlow(config),
  sylvester: (config: Options<SylvesterFlowOptions>) => sylvesterFlow(config),
  spline: ({ kind: _, ...config }: Options<SplineFlowOptions>) => splineFlow(config as SplineFlowOptions),
  permutation: ({ order }: Options<{ order: number[] }>) => permutation(order),
  coupling: ({ transformer, ...config }: WithTransformer<CouplingFlowOptions & { parity: number }>) =>
    singleCoupling({ ...config, transformer: transformerFromConfig(transformer) }),
  "masked-autoregressive": ({ transformer, ...config }: WithTransformer<AutoregressiveFlowOptions>) =>
    singleAutoregressive("masked-autoregressive", { ...config, transformer: transformerFromConfig(transformer) }),
  "inverse-autoregressive": ({ transformer, ...config }: WithTransformer<AutoregressiveFlowOptions>) =>
    singleAutoregressive("inverse-autoregressive", { ...config, transformer: transformerFromConfig(transformer) }),
  stack: ({ parts }: Options<{ parts: FlowConfig[] }>) => stackFlows(parts.map(flowFromConfig)),
};

/**
 * Rebuilds the family of flows from its `config`, such as the JSON in a saved model.
 *
 * @throws RangeError for an unknown kind; TypeError for a kind that is not a string.
 * @example
 * ```ts
 * const config = JSON.parse(JSON.stringify(planarFlow({ size: 2, depth: 3 }).config));
 * flowFromConfig(config).parameterCount; // 15
 * ```
 */
export function flowFromConfig(config: FlowConfig): FlowFamily {
  const make = makers[config?.kind] as ((config: FlowConfig) => FlowFamily) | undefined;
  if (!make) throw unknownChoice("flowFromConfig", "kind", config?.kind, `one of ${Object.keys(makers).join(", ")}`);
  return make(config);
}

function transformerFromConfig({ kind, ...options }: Transformer["config"]): Transformer {
  return kind === "affine" ? affineTransformer(options) : splineTransformer(options);
}
