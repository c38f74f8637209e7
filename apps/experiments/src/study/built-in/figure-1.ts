import type { DistanceFigure } from "../distances.js";

/** Figure 1 (section 3): how far draws of GS lie from the nearest vertex, 50 equal categories. */
export const figure1: DistanceFigure = {
  name: "figure-1",
  title: "Figure 1: distances of GS draws from the nearest vertex",
  panels: [{ title: "GS, K = 50", family: "gs", categories: 50, temperatures: [0.05, 0.1, 0.15, 0.25, 0.5, 0.67, 1] }],
  notes: [
    "Logits are equal. At the temperatures that are usual in practice, about 0.5, most draws are far from every vertex.",
  ],
};
