import type { FitPlan } from "../../calculation/fit.js";

/** `GS(0.01), K = 40`. */
export function fitTitle({ relaxation, temperature }: Pick<FitPlan, "relaxation" | "temperature">): string {
  const of = (name: string) => `${name}(${temperature.toFixed(2)})`;
  switch (relaxation.type) {
    case "gumbel-softmax":
    case "gs":
    case "concrete":
    case "gumbel":
      return `${of("GS")}${relaxation.categories ? `, K = ${relaxation.categories}` : ""}`;
    case "igr":
      return `${of("IGR")}${relaxation.categories ? `, K = ${relaxation.categories}` : ""}`;
    case "igr-planar":
      return `${of("IGR-Planar")}, ${relaxation.depth} flows`;
    case "igr-stick-breaking":
    case "igr-sb":
    case "stick-breaking":
      return of("IGR-SB");
  }
}
