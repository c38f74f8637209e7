import type { RunConfiguration } from "../../configuration/schema.js";
import { latentTitle } from "../../configuration/title.js";

/** How a run passes gradients to discrete variables: the estimator, or the relaxation and that it becomes discrete. */
export function estimatorTitle({ latent, training }: RunConfiguration): string {
  const title = latentTitle(latent).replace(", ", " with ");
  const { temperature, hardWeight } = training.schedules;
  const becomes =
    temperature === undefined ? "" : hardWeight === undefined ? ", annealed" : ", annealed to the hard bound";
  return `${title}${becomes}`;
}
