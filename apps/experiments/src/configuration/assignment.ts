import { parse } from "yaml";
import { InputError } from "../input-error.js";
import { isObject, mergeLayers } from "./merge.js";
import type { PartialConfiguration } from "./schema.js";

/** The configuration with only `value` at a dotted path: `("latent.delta", 1)` gives `{ latent: { delta: 1 } }`. */
export function atPath(path: string, value: unknown): PartialConfiguration {
  const keys = path.split(".");
  if (keys.some((key) => !/^[A-Za-z][\w-]*$/.test(key))) {
    throw new InputError(`"${path}" is not a path of a configuration, such as latent.temperature`);
  }
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as PartialConfiguration;
}

/** The value at a dotted path; undefined if the path has no value. */
export function valueAt(configuration: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      configuration,
    );
}

/**
 * Parses the argument of `--set`: `latent.temperature=0.5`. The value is YAML: numbers, `true`, `[512, 256]` and
 * `{kind: linear, from: 1, to: 0.5, steps: 5000}` have their usual meaning, and a bare word is a string.
 * @throws InputError unless it is a path, `=` and a value.
 */
export function parseAssignment(text: string): PartialConfiguration {
  const at = text.indexOf("=");
  if (at < 1) throw new InputError(`--set must be path=value, such as latent.temperature=0.5, got "${text}"`);
  const path = text.slice(0, at).trim();
  try {
    return atPath(path, parse(text.slice(at + 1)));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`--set ${path}: "${text.slice(at + 1)}" is not a YAML value`, { cause: error });
  }
}

/** Several assignments; later ones override earlier ones. */
export function parseAssignments(texts: readonly string[]): PartialConfiguration {
  return mergeLayers(...texts.map(parseAssignment));
}
