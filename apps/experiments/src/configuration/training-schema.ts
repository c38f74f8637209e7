import { z } from "zod";
import { scheduleSchema } from "./schedule-schema.js";

const positive = z.number().positive();
const count = z.int().min(1);

/** How a model is trained. */
export const trainingSchema = z.strictObject({
  batchSize: count.default(64).describe("batch size"),
  learningRate: positive.describe("learning rate of the optimizer"),
  optimizer: z.enum(["adam", "radam"]).optional().describe("Adam (default) or rectified Adam"),
  schedules: z
    .strictObject({
      temperature: scheduleSchema.optional().describe("temperature of the posterior; must end at latent.temperature"),
      hardWeight: scheduleSchema.optional().describe("weight of the discrete model's bound in the loss"),
      klWeight: scheduleSchema.optional().describe("weight of the KL in the loss"),
      learningRate: scheduleSchema.optional().describe("replaces the constant learning rate"),
    })
    .default({})
    .describe("numbers that change over training steps"),
  clipGradients: z
    .strictObject({ value: positive.optional(), globalNorm: positive.optional() })
    .optional()
    .describe("limits of gradient values, and of their global norm"),
  weightAverage: z
    .strictObject({ decay: z.number().gt(0).lt(1) })
    .optional()
    .describe("measure the exponential moving average of the weights, of which a step keeps this share"),
  earlyStopping: z
    .strictObject({ patience: count, minDelta: z.number().min(0).default(0) })
    .optional()
    .describe("stop after this many epochs without improvement on the validation images"),
  checkpoint: z
    .enum(["best", "last"])
    .describe("which parameters are measured on the test set: the best on the validation images, or the last"),
});
