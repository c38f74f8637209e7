import type { FitFigure } from "../fits/fit-study.js";

/** Figure 6 (appendix E): Binomial(12, 0.3) by IGR, and with planar flows, which the paper does not show. */
export const figure6: FitFigure = {
  name: "figure-6",
  title: "Figure 6: Binomial(12, 0.3) by IGR",
  section: "binomial",
  families: ["IGR", "IGR-Planar"],
};
