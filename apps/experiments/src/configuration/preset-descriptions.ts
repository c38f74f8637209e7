/** What each preset stands for. */
export const presetDescriptions = {
  paper: "the paper's settings (appendix D), with Dupont's capacities for joint VAEs",
  "paper-as-printed": "the same with the capacities as the paper prints them",
  authors:
    "the paper authors' programs: the decoder receives logarithms, pixels are cut at 1/2, one additional layer, no fitted prior; linear structured prediction",
} as const;

export type PresetName = keyof typeof presetDescriptions;
