import { z } from "zod";
import { scheduleSchema } from "./schedule-schema.js";

const positive = z.number().positive();
const count = z.int().min(1);

/** How a model is trained. */
export const trainingSchema = z.strictObject({
  batchSize: count.default(64).describe("images of a step"),
  learningRate: positive.describe("of the optimizer"),
  optimizer: z.enum(["adam", "radam"]).optional().describe("Adam if absent, or rectified Adam"),
  schedules: z
    .strictObject({
      temperature: scheduleSchema.optional().describe("of the posterior; let it end at latent.temperature"),
      klWeight: scheduleSchema.optional().describe("weight of the KL in the loss"),
      learningRate: scheduleSchema.optional().describe("in place of learningRate"),
    })
    .default({})
    .describe("numbers that move over training steps"),
  clipGradients: z
    .strictObject({ value: positive.optional(), globalNorm: positive.optional() })
    .optional()
    .describe("limits of each gradient, and of the norm of all"),
  weightAverage: z
    .strictObject({ decay: z.number().gt(0).lt(1) })
    .optional()
    .describe("measure the exponential moving average of the weights, of which a step keeps this share"),
  earlyStopping: z
    .strictObject({ patience: count, minDelta: z.number().min(0).default(0) })
    .optional()
    .describe("end after so many epochs without a better one on the validation images"),
  checkpoint: z
    .enum(["best", "last"])
    .describe("which parameters the test set is measured with: those best on the validation images, or the last"),
});
