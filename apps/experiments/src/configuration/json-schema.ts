import { z } from "zod";
import { presetDescriptions } from "./preset-descriptions.js";
import { configurationSchema } from "./schema.js";

/**
 * The JSON Schema of configuration files, for editors: every option with its description. Only `kind`, which determines
 * the other options, is required.
 */
export function configurationJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configurationSchema, { io: "input" }) as Record<string, unknown>;
  relax(schema);
  const properties = schema.properties as Record<string, unknown>;
  properties.preset = {
    enum: Object.keys(presetDescriptions),
    description: "named settings that override the defaults",
  };
  properties.$schema = { type: "string" };
  return { title: "A run of igr", ...schema };
}

/** The defaults of some options depend on other options, so no option with a default is required. */
function relax(node: unknown): void {
  if (Array.isArray(node)) {
    for (const each of node) relax(each);
  } else if (typeof node === "object" && node !== null) {
    const object = node as Record<string, unknown>;
    if (Array.isArray(object.required)) {
      const kept = object.required.filter((name) => name === "kind" || name === "name");
      if (kept.length > 0) object.required = kept;
      else delete object.required;
    }
    for (const each of Object.values(object)) relax(each);
  }
}
