import { z } from "zod";
import { scheduleSchema } from "./schedule-schema.js";

const positive = z.number().positive();
const count = z.int().min(1);

const hidden = z.array(count).min(1);

/** Networks of the paper's appendix D, with other sizes on request. */
export const networksSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("dense").describe("fully connected layers, ReLU"),
    encoderHidden: hidden.default([512, 256]).describe("units of the encoder's hidden layers"),
    decoderHidden: hidden.default([256, 512]).describe("units of the decoder's hidden layers"),
  }),
  z.strictObject({
    kind: z.literal("convolutional").describe("architecture 1 (32x32) or 2 (64x64) of appendix D"),
  }),
]);

const discreteVae = z.strictObject({
  kind: z.literal("discrete-vae").describe("only categorical latent variables (section 5.2)"),
  networks: networksSchema,
  hardFirst: z
    .strictObject({
      hardWeight: z.number().min(0).max(1).optional().describe("weight of the discrete model's bound in the loss"),
      freeBits: z.number().min(0).optional().describe("nats of each variable's KL that are free in training"),
    })
    .optional()
    .describe("additional terms of the loss of a relaxed model"),
});

const jointVae = z.strictObject({
  kind: z.literal("joint-vae").describe("continuous and categorical variables on eq 15 (section 5.3)"),
  networks: networksSchema,
  continuousVariables: count.describe("Gaussian latent variables"),
  gamma: positive.describe("weight of |KL - C|"),
  capacities: z
    .strictObject({ continuous: scheduleSchema, discrete: scheduleSchema })
    .describe("capacities C of both KLs in nats, over training steps"),
  per: z
    .enum(["batch", "example"])
    .default("batch")
    .describe("the KL that a capacity is compared with: of the batch (Dupont) or of each example (the authors)"),
  discreteKl: z.enum(["relaxed", "categorical"]).default("relaxed").describe("the discrete KL in the penalty"),
  capAtLogK: z
    .boolean()
    .optional()
    .describe("keep the discrete capacity at or below log K (default: true for the categorical KL)"),
});

const structuredPrediction = z.strictObject({
  kind: z.literal("structured-prediction").describe("the lower half of an image from the upper one (appendix B)"),
  units: z.array(count).min(1).default([240, 240]).describe("bits of the stochastic layers"),
  variant: z.enum(["linear", "tanh"]).default("tanh").describe("maps are affine, or follow a tanh layer"),
  support: z.enum(["signs", "bits"]).default("signs").describe("bits are -1 or 1, or 0 or 1"),
  samples: count.default(1).describe("samples of the bound in training"),
  testSamples: count.default(100).describe("samples of the bound in testing"),
});

const mixture = z.strictObject({
  kind: z.literal("mixture").describe("a mixture of Gaussians with as many components as it needs"),
  networks: networksSchema,
  dimensions: count.default(10).describe("dimensions of the continuous latent"),
  spread: positive.default(1).describe("standard deviation of the initial means of the components"),
});

/** The model to train. */
export const modelSchema = z.discriminatedUnion("kind", [discreteVae, jointVae, structuredPrediction, mixture]);

export type ModelConfiguration = z.infer<typeof modelSchema>;
export type NetworksConfiguration = z.infer<typeof networksSchema>;

/** p(x | z) of the pixels. */
export const likelihoodSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bernoulli").describe("binary pixels, from logits"),
    grey: z
      .literal(true)
      .optional()
      .describe("cross-entropy of grey pixels, as some programs train: it bounds no density of the images"),
  }),
  z.strictObject({ kind: z.literal("continuous-bernoulli").describe("grey pixels in [0, 1], from logits") }),
  z.strictObject({
    kind: z.literal("gaussian").describe("grey or coloured pixels"),
    scale: z
      .union([positive, z.literal("learned"), z.literal("per-pixel")])
      .default("learned")
      .describe("standard deviation of a pixel"),
    floor: positive.default(1e-2).describe("minimum of the scale; it bounds the density, and with it the ELBO"),
    initialScale: positive.default(1).describe("initial value of a learned scale"),
    mean: z.enum(["linear", "sigmoid"]).default("linear").describe("the output is the mean itself, or its logit"),
    activation: z.enum(["linear", "elu"]).default("linear").describe("applied to the decoder's outputs first"),
  }),
]);

export type LikelihoodConfiguration = z.infer<typeof likelihoodSchema>;
