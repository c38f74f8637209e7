import { z } from "zod";
import { unwrap } from "../configuration/explain.js";
import { configurationSchema } from "../configuration/schema.js";

/**
 * The schema's description of an option, with its default: `weight of softmax++'s remainder (eq 21) (default: 0.1)`.
 */
export function describeOption(path: string, more?: string): string {
  const option = find(configurationSchema, path.split("."));
  const words = [...new Set([option?.description, ...(more === undefined ? [] : [more])])].filter(Boolean);
  const standard = option instanceof z.ZodDefault ? option.def.defaultValue : undefined;
  if (standard !== undefined) words.push(`default: ${JSON.stringify(standard)}`);
  return words.join("; ");
}

/** The option at a path, from the first variant that has it. */
function find(schema: z.ZodType, [key, ...rest]: readonly string[]): z.ZodType | undefined {
  if (key === undefined) return schema;
  const bare = unwrap(schema);
  if (bare instanceof z.ZodUnion) {
    for (const form of bare.options as z.ZodType[]) {
      const found = find(form, [key, ...rest]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!(bare instanceof z.ZodObject)) return undefined;
  const inner = (bare.shape as Record<string, z.ZodType>)[key];
  return inner === undefined ? undefined : find(inner, rest);
}
