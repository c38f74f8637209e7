import { z } from "zod";

const positive = z.number().positive();
const count = z.int().min(1);
const samples = count.optional().describe("draws per image and step (default: the minimum of the estimator)");
const several = z.int().min(2).describe("draws per image and step");
const temperature = positive.describe("temperature of the estimator's relaxed draws");
const conditionalDraws = count.optional().describe("relaxed draws given each discrete one");

const estimators = [
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
  z.strictObject({
    kind: z.literal("reinforce").describe("score function, without bias"),
    baseline: z
      .enum(["none", "moving-average", "leave-one-out"])
      .optional()
      .describe("what is subtracted from the loss (default: nothing)"),
    decay: z.number().min(0).lt(1).optional().describe("decay of the moving average (default: 0.99)"),
    samples,
  }),
  z.strictObject({ kind: z.literal("disarm") }),
  z.strictObject({ kind: z.literal("double-cv"), samples: several }),
  z.strictObject({ kind: z.literal("rodeo"), samples: several }),
  z.strictObject({ kind: z.literal("vimco").describe("trains the bound of several samples"), samples: several }),
] as const;

/**
 * How a gradient passes draws that are not relaxed: each estimator has its own options, with the defaults of @igr/core.
 */
export const estimatorSchema = z.discriminatedUnion("kind", estimators);

/** The same for one-hot draws of an IGR, whose own Jacobian is another option. */
export const igrEstimatorSchema = z.discriminatedUnion("kind", [
  ...estimators,
  z.strictObject({
    kind: z.literal("igr-straight-through").describe("the relaxed draw's own Jacobian"),
    samples,
  }),
  z.strictObject({
    kind: z.literal("igr-rao").describe("that Jacobian averaged over pre-images of the same argmax"),
    conditionalDraws,
    samples,
  }),
]);

export type EstimatorConfiguration = z.infer<typeof igrEstimatorSchema>;
