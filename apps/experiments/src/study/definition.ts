import { z } from "zod";
import { explain } from "../configuration/explain.js";
import { InputError } from "../input-error.js";
import { type MeasureName, measureTitles } from "../run/measure-names.js";

const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, "must be [low, high]");
const positiveRange = range.refine(([low]) => low > 0, "must begin above 0");

/** The distribution of one option. */
export const drawSchema = z.union([
  z.strictObject({ uniform: range }),
  z.strictObject({ logUniform: positiveRange }),
  z.strictObject({ integer: z.tuple([z.int(), z.int()]) }),
  z.strictObject({ choice: z.array(z.unknown()).min(1) }),
]);
export type Draw = z.infer<typeof drawSchema>;

const samples = z.strictObject({
  count: z.int().min(1).describe("number of configurations"),
  seed: z.int().min(0).default(1),
  space: z.record(z.string(), drawSchema).describe("distribution of each option, by its path"),
});

const measureNames = Object.keys(measureTitles) as [MeasureName, ...MeasureName[]];

/** A study described in a file: fixed options, varied options, seeds, and the results to show. */
export const studySchema = z
  .strictObject({
    name: z.string().regex(/^[\w-]+$/, "must consist of letters, digits, - and _"),
    title: z.string().optional(),
    fixed: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("options of all configurations, as for igr train, including preset"),
    variants: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .optional()
      .describe("configurations by name, each overriding the fixed options"),
    grid: z
      .record(z.string(), z.array(z.unknown()).min(1))
      .optional()
      .describe("values of options, by their paths: all combinations"),
    random: samples.optional().describe("drawn independently"),
    quasiRandom: samples.optional().describe("drawn from a scrambled Halton sequence, which leaves smaller gaps"),
    seeds: z
      .union([z.int().min(1), z.array(z.int().min(0)).min(1)])
      .default(1)
      .describe("a count, 1 to n, or a list"),
    epochs: z.int().min(1).optional().describe("epochs of each run; with halving, those of the first round"),
    halving: z
      .strictObject({
        keep: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.5)
          .describe("share of the configurations that continue to the next round"),
        rounds: z.int().min(2).describe("number of rounds; the epochs grow by 1 / keep in each round"),
        by: z.enum(["validation"]).default("validation").describe("ELBO of the validation images"),
      })
      .optional()
      .describe("successive halving: only the best continue, from their checkpoints"),
    asha: z
      .strictObject({
        reduction: z
          .int()
          .min(2)
          .default(4)
          .describe("one of this many configurations continues, with this many times the epochs"),
        rounds: z.int().min(2),
      })
      .optional()
      .describe("asynchronous successive halving: a configuration continues as soon as it is among the best so far"),
    medianStopping: z
      .strictObject({
        every: z.int().min(1).default(1).describe("epochs between two decisions about a configuration"),
        startup: z.int().min(1).default(5).describe("configurations that must finish before any is stopped"),
        warmup: z.int().min(0).default(0).describe("epochs before which no configuration is stopped"),
      })
      .optional()
      .describe("ends a configuration whose best bound is below the median of the others' averages up to its epoch"),
    measuredRounds: z
      .enum(["all", "last"])
      .optional()
      .describe("after which rounds the test set is measured (default: with halving all, otherwise the last)"),
    measures: z
      .array(z.enum(measureNames))
      .min(1)
      .default(["elbo", "hard-elbo", "iwae", "vertex-share"])
      .describe("columns of the table"),
  })
  .refine(
    ({ halving, asha, medianStopping }) =>
      [halving, asha, medianStopping].filter((each) => each !== undefined).length < 2,
    "at most one of halving, asha and medianStopping may be given",
  )
  .refine(
    ({ halving, asha, medianStopping, measuredRounds }) =>
      measuredRounds === undefined || (halving ?? asha ?? medianStopping) !== undefined,
    "measuredRounds is not used without halving, asha or medianStopping",
  );

export type StudyDefinition = z.infer<typeof studySchema>;

/** @throws InputError naming the file and what is wrong in it. */
export function checkDefinition(file: string, value: Record<string, unknown>): StudyDefinition {
  const parsed = studySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(`${file}: ${explain(studySchema, value, parsed.error)}`);
}

/** The JSON Schema of study files, for editors. */
export function studyJsonSchema(): Record<string, unknown> {
  return { title: "A study of igr", ...z.toJSONSchema(studySchema, { io: "input" }) };
}
