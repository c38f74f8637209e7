import { z } from "zod";
import { estimatorSchema, igrEstimatorSchema } from "./estimator-schema.js";

const positive = z.number().positive();
const count = z.int().min(1);
const categories = z.int().min(2).default(10).describe("categories of each variable");
const variables = count.describe("categorical latent variables");
const temperature = positive.describe("temperature of posterior and prior");
const delta = positive.default(0.1).describe("weight of softmax++'s remainder (eq 21)");
const learnPrior = z.boolean().default(false).describe("train the prior with the model, starting from the fitted one");
const scheduledPrior = z
  .enum(["follows", "fixed"])
  .describe(
    "the prior under a temperature schedule: it follows the temperature, or stays that of the final temperature",
  );

const learnTemperature = z
  .enum(["shared", "per-variable"])
  .optional()
  .describe("train the temperature with the model, one for all variables or one for each (default: fixed)");

/** How the Gaussian prior of an IGR is determined. */
export const priorSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("fitted").describe("fitted to a uniform distribution by eq 20"),
    objective: z.enum(["mean", "kl", "literal", "probs", "energy"]).default("mean").describe("what the fit minimizes"),
    start: z
      .strictObject({ loc: z.number().default(0), scale: positive.default(1) })
      .prefault({})
      .describe("start of the fit, which decides the scale, because mean matching does not determine it"),
    scale: z
      .union([z.literal("free"), positive])
      .default("free")
      .describe("'free', or a fixed number for every scale"),
    steps: count.optional().describe("steps of the fit (default: that of fitPrior)"),
    samples: count.optional().describe("samples of each step (default: that of fitPrior)"),
    learningRate: positive.optional().describe("learning rate of the fit (default: that of fitPrior)"),
  }),
  z.strictObject({
    kind: z.literal("numbers").describe("the same numbers for every coordinate"),
    loc: z.number(),
    scale: positive,
  }),
]);

const igr = z.strictObject({
  kind: z.literal("igr").describe("IGR: Gaussian noise through softmax++ or another map onto the simplex"),
  variables,
  categories,
  temperature,
  transform: z
    .enum(["softmax++", "stick-breaking", "interpolation"])
    .default("softmax++")
    .describe("eq 21, eq 24 without a cut, or eq 23"),
  delta: positive.optional().describe("weight of the remainder of softmax++ (eq 21, 24): 0.1; interpolation has none"),
  prior: priorSchema,
  learnPrior,
  scheduledPrior: scheduledPrior.default("follows"),
  decoderReceives: z.enum(["z", "log z", "log softmax"]).default("z").describe("what the decoder receives"),
  learnTemperature,
});

const igrSb = z.strictObject({
  kind: z.literal("igr-sb").describe("IGR-SB: as many sticks as a draw needs (section 4.2)"),
  variables,
  categories: categories.describe("number of categories that the prior favours equally"),
  maxCategories: z.int().min(2).describe("maximum number of sticks of a variable"),
  temperature,
  delta,
  rho: z.number().gt(0).lt(1).default(0.99).describe("share of the stick that the kept categories exceed (eq 25)"),
  prior: priorSchema,
  learnPrior,
});

/** Families of flows that may stand in the place of planar ones. */
export const flowFamilies = [
  "radial",
  "sylvester",
  "spline",
  "real-nvp",
  "spline-coupling",
  "masked-autoregressive",
  "inverse-autoregressive",
] as const;
export type FlowFamilyName = (typeof flowFamilies)[number];

const igrPlanar = z.strictObject({
  kind: z.literal("igr-planar").describe("planar flows of each variable before softmax++ (appendix C)"),
  variables,
  categories,
  temperature,
  delta,
  depth: count.default(2).describe("flows of each variable"),
  flow: z
    .enum(flowFamilies)
    .optional()
    .describe(
      "family of the flows; planar, as in the paper, if absent. Those with networks have their library's sizes",
    ),
  flowPrior: z
    .enum(["through-flow", "fixed"])
    .default("through-flow")
    .describe("whether the prior goes through the flow (closed-form KL) or stays as fitted"),
  prior: priorSchema,
});

const gs = z.strictObject({
  kind: z.literal("gs").describe("Gumbel-Softmax (Concrete), in log space"),
  variables,
  categories,
  temperature: positive.describe("temperature of the posterior"),
  priorTemperature: positive.optional().describe("temperature of the prior (default: that of the posterior)"),
  learnPrior,
  scheduledPrior: scheduledPrior.default("fixed"),
  decoderReceives: z.enum(["z", "log z"]).default("z").describe("what the decoder receives"),
  learnTemperature,
});

const categorical = z.strictObject({
  kind: z
    .literal("categorical")
    .describe("categories that are not relaxed: gradients pass one-hot draws by an estimator"),
  variables,
  categories,
  estimator: estimatorSchema,
  learnPrior: z.boolean().default(false).describe("train the prior with the model, starting from the uniform one"),
});

const igrCategorical = z.strictObject({
  kind: z.literal("igr-categorical").describe("one-hot draws from the exact probabilities of an IGR's argmax"),
  variables,
  categories,
  temperature: positive.describe("temperature of softmax++, in the Jacobian of the igr- estimators"),
  delta,
  estimator: igrEstimatorSchema,
  learnPrior: z.boolean().default(false).describe("train the prior with the model, starting from the uniform one"),
});

const binaryIgr = z.strictObject({
  kind: z.literal("binary-igr").describe("bits: sigmoid((loc + scale eps) / temperature)"),
  temperature,
  scale: z
    .union([positive, z.literal("learned")])
    .default(1)
    .describe("scale of every bit's Gaussian, or 'learned' (given by the maps)"),
});
const binaryConcrete = z.strictObject({
  kind: z.literal("binary-concrete").describe("bits: sigmoid((logit + logistic noise) / temperature)"),
  temperature,
});
const binaryGumbel = z.strictObject({
  kind: z.literal("binary-gumbel").describe("bits with Gumbel noise, as in the authors' program"),
  temperature,
});

const binary = z.strictObject({
  kind: z.literal("binary").describe("bits that are not relaxed: gradients pass drawn bits by an estimator"),
  estimator: estimatorSchema,
});

/** How the discrete variables are relaxed. Each kind has its own options. */
export const latentSchema = z.discriminatedUnion("kind", [
  igr,
  igrSb,
  igrPlanar,
  gs,
  categorical,
  igrCategorical,
  binaryIgr,
  binaryConcrete,
  binaryGumbel,
  binary,
]);

export type LatentConfiguration = z.infer<typeof latentSchema>;
export type PriorConfiguration = z.infer<typeof priorSchema>;

/** Latent parts with categorical variables, relaxed or discrete. */
export const categoricalLatents = ["igr", "gs", "igr-sb", "igr-planar", "categorical", "igr-categorical"] as const;
/** Latent parts of single bits, relaxed or discrete. */
export const binaryLatents = ["binary-igr", "binary-concrete", "binary-gumbel", "binary"] as const;
