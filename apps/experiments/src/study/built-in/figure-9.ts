import type { FitFigure } from "../fits/fit-study.js";

/** Figure 9 (appendix E): ten categories of unequal probabilities by GS. */
export const figure9: FitFigure = {
  name: "figure-9",
  title: "Figure 9: a distribution of ten categories by GS",
  section: "discrete",
  families: ["GS"],
};
