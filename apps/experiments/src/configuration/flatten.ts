import { isObject } from "./merge.js";

/**
 * Values by dotted path; words are unchanged, everything else is JSON:
 * `{ "latent.temperature": "0.5", "data.name": "mnist" }`.
 */
export function flatten(value: unknown, path = ""): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) return { [path]: typeof value === "string" ? value : JSON.stringify(value) };
  const entries = Object.entries(value).map(([key, each]) => flatten(each, path === "" ? key : `${path}.${key}`));
  return Object.assign({}, ...entries);
}
