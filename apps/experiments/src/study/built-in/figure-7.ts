import type { FitFigure } from "../fits/fit-study.js";

/** Figure 7 (appendix E): Binomial(12, 0.3) by GS. */
export const figure7: FitFigure = {
  name: "figure-7",
  title: "Figure 7: Binomial(12, 0.3) by GS",
  section: "binomial",
  families: ["GS"],
};
