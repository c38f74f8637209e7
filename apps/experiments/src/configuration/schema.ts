import { z } from "zod";
import { dataSchema } from "./data-schema.js";
import { latentSchema } from "./latent-schema.js";
import { likelihoodSchema, modelSchema } from "./model-schema.js";
import { trainingSchema } from "./training-schema.js";

/** The version of the configuration's layout that this program writes. */
export const CONFIGURATION_VERSION = 1;

const measuresSchema = z.strictObject({
  iwaeImages: z
    .int()
    .min(0)
    .optional()
    .describe("test images of the importance-weighted bound; 1000 if absent, 0: none"),
  iwaeSamples: z.int().min(1).optional().describe("samples of each; 1000 if absent"),
});

/**
 * Everything that decides a run's numbers, on every engine. It is resolved: it contains all defaults, so it keeps
 * its meaning when a default changes.
 */
export const configurationSchema = z.strictObject({
  version: z.literal(CONFIGURATION_VERSION).default(CONFIGURATION_VERSION),
  model: modelSchema,
  latent: latentSchema,
  likelihood: likelihoodSchema,
  data: dataSchema,
  training: trainingSchema,
  measures: measuresSchema.optional().describe("how the finished run is measured"),
  epochs: z.int().min(1).default(3).describe("passes over the training images"),
  seed: z.int().min(0).default(1).describe("seed of weights, batches and noise"),
});

/** A complete run configuration. */
export type RunConfiguration = z.infer<typeof configurationSchema>;

/** A part of a configuration, as in files, flags and presets. */
export type PartialConfiguration = { readonly [key: string]: unknown };
