import { z } from "zod";
import { explain } from "../configuration/explain.js";
import { InputError } from "../input-error.js";
import { type MeasureName, measureTitles } from "../run/measure-names.js";

const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, "must be [low, high]");
const positiveRange = range.refine(([low]) => low > 0, "must begin above 0");

/** What one option is drawn from. */
export const drawSchema = z.union([
  z.strictObject({ uniform: range }),
  z.strictObject({ logUniform: positiveRange }),
  z.strictObject({ integer: z.tuple([z.int(), z.int()]) }),
  z.strictObject({ choice: z.array(z.unknown()).min(1) }),
]);
export type Draw = z.infer<typeof drawSchema>;

const samples = z.strictObject({
  count: z.int().min(1).describe("how many configurations are drawn"),
  seed: z.int().min(0).default(1),
  space: z.record(z.string(), drawSchema).describe("what each option, by its path, is drawn from"),
});

const measureNames = Object.keys(measureTitles) as [MeasureName, ...MeasureName[]];

/** A study as a file says it: what is fixed, what varies, with which seeds, and what is looked at afterwards. */
export const studySchema = z
  .strictObject({
    name: z.string().regex(/^[\w-]+$/, "must consist of letters, digits, - and _"),
    title: z.string().optional(),
    fixed: z.record(z.string(), z.unknown()).default({}).describe("a configuration, as igr train takes it; preset too"),
    variants: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .optional()
      .describe("configurations by name, each over what is fixed"),
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
    epochs: z.int().min(1).optional().describe("of each run; those of a first round, with halving"),
    halving: z
      .strictObject({
        keep: z.number().gt(0).lt(1).default(0.5).describe("share of the configurations that go on to the next round"),
        rounds: z.int().min(2).describe("the epochs double, or grow by 1 / keep, from round to round"),
        by: z.enum(["validation"]).default("validation").describe("ELBO of the validation images"),
      })
      .optional()
      .describe("successive halving: only the best go on, from where they ended"),
    asha: z
      .strictObject({
        reduction: z
          .int()
          .min(2)
          .default(4)
          .describe("of so many configurations one goes on, with so many times the epochs"),
        rounds: z.int().min(2),
      })
      .optional()
      .describe("asynchronous successive halving: a configuration goes on as soon as it is among the best so far"),
    medianStopping: z
      .strictObject({
        every: z.int().min(1).default(1).describe("epochs between two looks at a configuration"),
        startup: z
          .int()
          .min(1)
          .default(5)
          .describe("configurations that come to their last epoch before any is stopped"),
        warmup: z.int().min(0).default(0).describe("epochs before which none is stopped"),
      })
      .optional()
      .describe("ends a configuration whose best bound is below the median of the others' averages up to its epoch"),
    measuredRounds: z
      .enum(["all", "last"])
      .optional()
      .describe("which rounds the test set is measured after; with halving all if absent, else the last"),
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
