import { z } from "zod";

const positive = z.number().positive();
const count = z.int().min(1);
const samples = count.optional().describe("draws per image and step; 1 or the fewest that it takes if absent");
const several = z.int().min(2).describe("draws per image and step");
const temperature = positive.describe("temperature of the estimator's relaxed draws");
const conditionalDraws = count.optional().describe("relaxed draws given each discrete one");

/** How a gradient passes draws that are not relaxed: each estimator has its own options, and defaults of @igr/core. */
export const estimatorSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("straight-through").describe("the gradient of the probabilities"),
    forwardTemperature: positive.optional(),
    backwardTemperature: positive.optional(),
    samples,
  }),
  z.strictObject({
    kind: z.literal("straight-through-gumbel").describe("straight-through Gumbel-Softmax"),
    temperature,
    samples,
  }),
  z.strictObject({ kind: z.literal("gumbel-rao"), temperature, conditionalDraws, samples }),
  z.strictObject({
    kind: z.literal("gapped-straight-through"),
    temperature,
    gap: z.union([positive, z.literal("probability")]).optional(),
    samples,
  }),
  z.strictObject({
    kind: z.literal("reinmax").describe("ReinMax: no bias for quadratic losses"),
    temperature: positive.default(1.1),
    samples,
  }),
  z.strictObject({
    kind: z.literal("rebar"),
    temperature,
    scale: z.union([positive, z.literal("learned")]).optional(),
    samples,
  }),
  z.strictObject({ kind: z.literal("disarm") }),
  z.strictObject({ kind: z.literal("double-cv"), samples: several }),
  z.strictObject({ kind: z.literal("rodeo"), samples: several }),
  z.strictObject({ kind: z.literal("vimco").describe("trains the bound of several samples"), samples: several }),
]);

export type EstimatorConfiguration = z.infer<typeof estimatorSchema>;
