import type { FitFigure } from "../fits/fit-study.js";

/** Figure 11 (appendix E): NegativeBinomial(50, 0.6) by GS with 40 and 100 categories; the paper's caption names IGR-SB by mistake. */
export const figure11: FitFigure = {
  name: "figure-11",
  title: "Figure 11: NegativeBinomial(50, 0.6) by GS",
  section: "negative-binomial",
  families: ["GS"],
};
