import {
  couplingFlow,
  type FlowFamily,
  inverseAutoregressiveFlow,
  maskedAutoregressiveFlow,
  radialFlow,
  realNVPFlow,
  splineFlow,
  splineTransformer,
  stackFlows,
  sylvesterFlow,
} from "@igr/bijectors";
import type { FlowFamilyName } from "../configuration/latent-schema.js";

interface FlowSize {
  /** Coordinates. */
  readonly size: number;
  /** Flows that follow each other. */
  readonly depth: number;
}

const makers: Readonly<Record<FlowFamilyName, (size: FlowSize) => FlowFamily>> = {
  radial: radialFlow,
  sylvester: sylvesterFlow,
  spline: ({ size, depth }) => stackFlows(Array.from({ length: depth }, () => splineFlow({ size }))),
  "real-nvp": realNVPFlow,
  "spline-coupling": (size) => couplingFlow({ ...size, transformer: splineTransformer() }),
  "masked-autoregressive": maskedAutoregressiveFlow,
  "inverse-autoregressive": inverseAutoregressiveFlow,
};

/** A family of flows by its name, with the sizes of networks that @igr/bijectors has by default. */
export function flowOf(name: FlowFamilyName, size: FlowSize): FlowFamily {
  return makers[name](size);
}
