import type { z } from "zod";
import { explain } from "../configuration/explain.js";
import { InputError } from "../input-error.js";
import type { StudyOptions } from "./study.js";

/**
 * Settings of a study of calculations with the changes of `--set`, and a sentence about the changes.
 * @throws InputError for settings that it does not have, and for options of runs.
 */
export function cutSettings<S extends z.ZodObject>(
  name: string,
  schema: S,
  { epochs, seeds, set = {} }: StudyOptions,
): { readonly settings: z.infer<S>; readonly head: readonly string[] } {
  for (const [option, value] of Object.entries({ epochs, seeds })) {
    if (value !== undefined) throw new InputError(`--${option} is not used: ${name} trains no runs`);
  }
  const parsed = schema.safeParse(set);
  if (!parsed.success) throw new InputError(`${name}: ${explain(schema, set, parsed.error)}`);
  const changes = Object.entries(set).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return { settings: parsed.data, head: changes.length === 0 ? [] : [`Changed: ${changes.join(", ")}.`] };
}
