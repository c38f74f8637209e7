import type { FitFigure } from "../fits/fit-study.js";

/** Figure 2 (section 5.1): Poisson(50) by IGR-SB, which needs no number of categories, and by GS with 20, 40 and 100. */
export const figure2: FitFigure = {
  name: "figure-2",
  title: "Figure 2: approximations of Poisson(50)",
  section: "poisson",
  families: ["IGR-SB", "GS"],
};
