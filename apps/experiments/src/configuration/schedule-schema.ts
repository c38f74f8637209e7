import { z } from "zod";

const warmup = z.int().min(1).optional().describe("number of warmup steps");

/** A number over training steps, as @igr/models describes it. */
export const scheduleSchema = z.union([
  z.number(),
  z.strictObject({ kind: z.literal("constant"), value: z.number(), warmup }),
  z.strictObject({
    kind: z.enum(["linear", "exponential", "cosine"]),
    from: z.number(),
    to: z.number(),
    steps: z.int().min(1),
    max: z.number().optional(),
    warmup,
  }),
]);
