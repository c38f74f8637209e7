import { z } from "zod";
import { listed } from "./kinds.js";
import { isObject } from "./merge.js";

/** The first thing that is wrong with a configuration, in one sentence. */
export function explain(schema: z.ZodType, value: unknown, error: z.ZodError): string {
  const issue = error.issues[0] as z.core.$ZodIssue;
  const path = issue.path.map(String);
  const where = path.join(".") || "the configuration";
  const given = shown(at(value, path));
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownKeys(schema, value, path, issue.keys);
    case "invalid_type":
      return at(value, path) === undefined
        ? `${where} is missing: ${descriptionAt(schema, value, path) ?? `it must be ${article(issue.expected)}`}`
        : `${where} must be ${article(issue.expected)}, got ${given}`;
    case "invalid_value":
      return `${where} must be ${listed(issue.values.map(String))}, got ${given}`;
    case "too_small":
      return `${where} must ${bound(issue.origin, issue.inclusive === false ? ">" : ">=", Number(issue.minimum))}, got ${given}`;
    case "too_big":
      return `${where} must ${bound(issue.origin, issue.inclusive === false ? "<" : "<=", Number(issue.maximum))}, got ${given}`;
    case "invalid_union": {
      const names = namesAt(schema, value, path);
      return names.length > 0
        ? `${where} must be ${listed(names)}, got ${given}`
        : `${where} must be one of the forms that the schema describes, got ${given}`;
    }
    default:
      return `${where}: ${issue.message}, got ${given}`;
  }
}

function unknownKeys(schema: z.ZodType, value: unknown, path: readonly string[], keys: readonly string[]): string {
  const [key = ""] = keys;
  const owner = at(value, path);
  const kind = isObject(owner) ? (owner.kind ?? owner.name) : undefined;
  const full = [...path, key].join(".");
  const known = Object.keys(shapeAt(schema, value, path));
  const whose = kind === undefined ? path.join(".") || "a configuration" : `${path.join(".")} of the kind ${kind}`;
  return `${full} is not used: ${whose} has ${known.filter((name) => name !== "version").join(", ")}`;
}

/** How the schema describes the option at a path; undefined if it does not. */
function descriptionAt(schema: z.ZodType, value: unknown, path: readonly string[]): string | undefined {
  return shapeAt(schema, value, path.slice(0, -1))[path.at(-1) ?? ""]?.description;
}

/** The options at a path, by name, for the kinds that the value has along the path. */
export function shapeAt(
  schema: z.ZodType,
  value: unknown,
  path: readonly string[],
): Readonly<Record<string, z.ZodType>> {
  let current = chosen(schema, value);
  let inner = value;
  for (const key of path) {
    const next = shapeOf(current)[key];
    inner = isObject(inner) ? inner[key] : undefined;
    if (next === undefined) return {};
    current = chosen(next, inner);
  }
  return shapeOf(current);
}

function namesAt(schema: z.ZodType, value: unknown, path: readonly string[]): string[] {
  const parent = shapeAt(schema, value, path.slice(0, -2));
  const union = unwrap(parent[path.at(-2) ?? ""]);
  const key = path.at(-1) ?? "";
  if (!(union instanceof z.ZodUnion)) return [];
  return (union.options as z.ZodType[]).flatMap((option) => {
    const literal = shapeOf(unwrap(option))[key];
    return literal instanceof z.ZodLiteral ? [...literal.values].map(String) : [];
  });
}

/** The variant of a union that matches a value. */
function chosen(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  const bare = unwrap(schema);
  if (!(bare instanceof z.ZodUnion)) return bare;
  const options = bare.options as z.ZodType[];
  return options.find((option) => {
    const shape = shapeOf(unwrap(option));
    return ["kind", "name"].some((key) => {
      const literal = shape[key];
      return isObject(value) && literal instanceof z.ZodLiteral && literal.values.has(value[key] as string);
    });
  });
}

/** A schema without its default. */
export function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  let bare = schema;
  while (bare instanceof z.ZodDefault || bare instanceof z.ZodPrefault || bare instanceof z.ZodOptional) {
    bare = bare.def.innerType as z.ZodType;
  }
  return bare;
}

function shapeOf(schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> {
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

function bound(origin: string, relation: string, limit: number): string {
  return origin === "array" || origin === "string" ? `hold ${relation} ${limit} values` : `be ${relation} ${limit}`;
}

function article(type: string): string {
  return type === "int" ? "an integer" : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function shown(value: unknown): string {
  if (typeof value === "number") return `${value}`;
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
