/** The Gaussian of the authors' programs, which agrees with the paper's numbers: at most 190 nats per image. */
export const paperGaussian = {
  kind: "gaussian",
  scale: "per-pixel",
  floor: 1e-6,
  mean: "sigmoid",
  activation: "elu",
} as const;
