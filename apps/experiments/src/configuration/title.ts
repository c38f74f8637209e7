import type { EstimatorConfiguration } from "./estimator-schema.js";
import type { FlowFamilyName, LatentConfiguration } from "./latent-schema.js";
import type { RunConfiguration } from "./schema.js";

const latentTitles: Readonly<Record<LatentConfiguration["kind"], string>> = {
  igr: "IGR",
  gs: "GS",
  categorical: "Categorical",
  "igr-categorical": "IGR",
  "igr-sb": "IGR-SB",
  "igr-planar": "IGR-Planar",
  "binary-igr": "IGR",
  "binary-concrete": "GS",
  "binary-gumbel": "GS",
  binary: "Bits",
};

const modelTitles: Readonly<Record<RunConfiguration["model"]["kind"], string>> = {
  "discrete-vae": "",
  "joint-vae": "JointVAE ",
  "structured-prediction": "SOP ",
  mixture: "Mixture ",
};

const estimatorTitles: Readonly<Record<EstimatorConfiguration["kind"], string>> = {
  "straight-through": "Straight-through",
  "straight-through-gumbel": "ST-GS",
  "gumbel-rao": "Gumbel-Rao",
  "gapped-straight-through": "GST",
  reinmax: "ReinMax",
  reinforce: "REINFORCE",
  rebar: "REBAR",
  relax: "RELAX",
  carms: "CARMS",
  disarm: "DisARM",
  "double-cv": "Double CV",
  rodeo: "RODEO",
  vimco: "VIMCO",
  "igr-straight-through": "straight-through",
  "igr-rao": "IGR-Rao",
};

const reinmaxTitles = { plain: "ReinMax", rao: "ReinMax-Rao", "leave-one-out": "ReinMax, leave-one-out" } as const;

function estimatorTitle(estimator: EstimatorConfiguration): string {
  if (estimator.kind === "reinmax") return reinmaxTitles[estimator.variant ?? "plain"];
  const title = estimatorTitles[estimator.kind];
  return estimator.kind === "reinforce" && estimator.baseline === "leave-one-out" ? `${title}, leave-one-out` : title;
}

const flowTitles: Readonly<Record<FlowFamilyName, string>> = {
  radial: "Radial",
  sylvester: "Sylvester",
  spline: "Spline",
  "real-nvp": "RealNVP",
  "spline-coupling": "Spline-Coupling",
  "masked-autoregressive": "MAF",
  "inverse-autoregressive": "IAF",
};

function flowTitle({ flow, depth }: LatentConfiguration & { readonly kind: "igr-planar" }): string {
  return `IGR-${flow === undefined ? "Planar" : flowTitles[flow]}${depth}`;
}

/** As the paper writes a relaxation: IGR(0.50), GS(0.67), IGR-Planar2(0.10); an estimator by its name. */
export function latentTitle(latent: LatentConfiguration): string {
  if (latent.kind === "categorical" || latent.kind === "binary") return estimatorTitle(latent.estimator);
  if (latent.kind === "igr-categorical") return `IGR, ${estimatorTitle(latent.estimator)}`;
  const decimals = Math.max(2, `${latent.temperature}`.split(".")[1]?.length ?? 0);
  const name = latent.kind === "igr-planar" ? flowTitle(latent) : latentTitles[latent.kind];
  return `${name}(${latent.temperature.toFixed(decimals)})`;
}

/** The same, preceded by the model unless it is a discrete VAE: JointVAE IGR-SB(0.10). */
export function runTitle({ model, latent }: Pick<RunConfiguration, "model" | "latent">): string {
  return `${modelTitles[model.kind]}${latentTitle(latent)}`;
}
