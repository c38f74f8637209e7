import type { EstimatorConfiguration } from "./estimator-schema.js";
import type { LatentConfiguration } from "./latent-schema.js";
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
  disarm: "DisARM",
  "double-cv": "Double CV",
  rodeo: "RODEO",
  vimco: "VIMCO",
  "igr-straight-through": "straight-through",
  "igr-rao": "IGR-Rao",
};

/** As the paper writes a relaxation: IGR(0.50), GS(0.67), IGR-Planar2(0.10); an estimator by its name. */
export function latentTitle(latent: LatentConfiguration): string {
  if (latent.kind === "categorical") return estimatorTitles[latent.estimator.kind];
  if (latent.kind === "igr-categorical") return `IGR, ${estimatorTitles[latent.estimator.kind]}`;
  const decimals = Math.max(2, `${latent.temperature}`.split(".")[1]?.length ?? 0);
  const depth = latent.kind === "igr-planar" ? `${latent.depth}` : "";
  return `${latentTitles[latent.kind]}${depth}(${latent.temperature.toFixed(decimals)})`;
}

/** The same, preceded by the model unless it is a discrete VAE: JointVAE IGR-SB(0.10). */
export function runTitle({ model, latent }: Pick<RunConfiguration, "model" | "latent">): string {
  return `${modelTitles[model.kind]}${latentTitle(latent)}`;
}
