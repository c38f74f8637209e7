import { createHash } from "node:crypto";
import { isObject } from "../configuration/merge.js";
import type { RunConfiguration } from "../configuration/schema.js";

/** Hexadecimal digits of an identity: two of a million runs share one with probability 1e-8. */
const DIGITS = 16;

/**
 * The identity of a run: a hash of its configuration without the epochs, which a longer version of the run may change,
 * and without the folder of a data set that its name determines.
 */
export function runId(configuration: RunConfiguration): string {
  const { epochs: _, data, ...rest } = configuration;
  const identified = {
    ...rest,
    data: data.name === "omniglot" || data.name === "celeba" ? without(data, "dir") : data,
  };
  return createHash("sha256").update(canonicalJson(identified)).digest("hex").slice(0, DIGITS);
}

/** JSON whose text does not depend on the order in which keys were written; absent and undefined are the same. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(",")}}`;
}

function without<T extends object>(object: T, key: string): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as Partial<T>;
}
