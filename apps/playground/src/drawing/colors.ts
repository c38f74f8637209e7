/**
 * Colours of the three categories, which can be distinguished with the common forms of colour blindness (Okabe and Ito
 * 2008).
 */
export const CATEGORY_COLORS = ["#0072b2", "#d55e00", "#009e73"] as const;

/** Styles that distinguish the lines of five relaxations: colour, dashes, and a label at the line's end. */
export const LINES = [
  { color: "var(--line-1)", dash: "" },
  { color: "var(--line-2)", dash: "6 3" },
  { color: "var(--line-3)", dash: "2 2" },
  { color: "var(--line-4)", dash: "8 3 2 3" },
  { color: "var(--line-5)", dash: "1 4" },
] as const;
