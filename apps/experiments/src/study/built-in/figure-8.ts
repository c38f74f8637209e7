import type { FitFigure } from "../fits/fit-study.js";

/** Figure 8 (appendix E): ten categories of unequal probabilities by IGR, and with planar flows. */
export const figure8: FitFigure = {
  name: "figure-8",
  title: "Figure 8: a distribution of ten categories by IGR",
  section: "discrete",
  families: ["IGR", "IGR-Planar"],
};
