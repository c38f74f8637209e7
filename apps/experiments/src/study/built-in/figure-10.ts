import type { FitFigure } from "../fits/fit-study.js";

/** Figure 10 (appendix E): NegativeBinomial(50, 0.6) by IGR-SB. */
export const figure10: FitFigure = {
  name: "figure-10",
  title: "Figure 10: NegativeBinomial(50, 0.6) by IGR-SB",
  section: "negative-binomial",
  families: ["IGR-SB"],
};
