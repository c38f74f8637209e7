import type { DistanceFigure } from "../distances.js";

const temperatures = [0.05, 0.1, 0.15, 0.25, 0.5, 0.67, 1];

/** Figure 12 (appendix F): the distances that determine comparable temperatures, GS above and IGR below. */
export const figure12: DistanceFigure = {
  name: "figure-12",
  title: "Figure 12: distances of GS and IGR draws from the nearest vertex",
  panels: [
    { title: "GS, K = 10", family: "gs", categories: 10, temperatures },
    { title: "IGR, K = 10", family: "igr", categories: 10, temperatures },
  ],
  notes: [
    "The paper does not state the parameters: here GS has equal logits, and IGR loc 0 and scale 1. For IGR only scale / temperature matters.",
    "By the rule of 75 % within 0.2, GS(0.15) compares with IGR(0.10), as appendix F says; the paper's tables have GS(0.25).",
  ],
};
