import { z } from "zod";

const positive = z.number().positive();
const count = z.int().min(1);
const samples = count.optional().describe("draws per image and step (default: the minimum of the estimator)");
const several = z.int().min(2).describe("draws per image and step");
const temperature = positive.describe("temperature of the estimator's relaxed draws");
const tree = z
  .enum(["balanced", "sticks"])
  .optional()
  .describe("tree of bits that makes a category; the estimator's own if absent");
const coupled = z.boolean().optional().describe("the same noise for both relaxed draws; true if absent");
const scale = z
  .union([positive, z.literal("learned")])
  .optional()
  .describe("of the control variate; 1 if absent");
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
    variant: z
      .enum(["plain", "rao", "leave-one-out"])
      .optional()
      .describe("plain if absent; averaged over noise given the draw; or less the other draws' estimates"),
    conditionalDraws: count.optional().describe("draws of the noise for the variant rao"),
    samples,
  }),
  z.strictObject({
    kind: z.literal("rebar"),
    temperature,
    scale,
    coupled,
    samples,
  }),
  z.strictObject({
    kind: z.literal("relax").describe("RELAX: score function with a learned control variate, without bias"),
    temperature: positive.optional().describe("of the relaxed loss in the control variate; without it if absent"),
    hidden: z.array(count).min(1).optional().describe("units of the control variate's hidden layers; [32] if absent"),
    coupled,
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
  z.strictObject({ kind: z.literal("disarm"), tree, samples }),
  z.strictObject({
    kind: z.literal("carms").describe("CARMS: score function of negatively dependent draws, without bias"),
    weighting: z
      .enum(["categories", "nodes"])
      .optional()
      .describe("how two draws are compared; as categories, as in the paper, if absent"),
    tree,
    samples: several,
  }),
  z.strictObject({ kind: z.literal("double-cv"), scale, samples: several }),
  z.strictObject({
    kind: z.literal("rodeo"),
    hidden: count.optional().describe("units of the control variate's hidden layer; the estimator's own if absent"),
    samples: several,
  }),
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
