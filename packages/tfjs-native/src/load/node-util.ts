import { createRequire } from "node:module";

/** The functions of Node's `util` that tfjs-node 4.22 still calls, as Node's documentation replaces them. */
const needed = {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
};

/**
 * Supplies the functions of Node's `util` that tfjs-node calls and Node 23 removed. Node 22 has them with a warning at the first call,
 * so they are replaced there too; older versions keep their own.
 */
export function supplyNodeUtil(
  util: Record<string, unknown> = createRequire(import.meta.url)("node:util"),
  nodeVersion = process.versions.node,
): void {
  const isDeprecated = Number(nodeVersion.split(".")[0]) >= 22;
  for (const [name, replacement] of Object.entries(needed)) {
    if (isDeprecated || typeof util[name] !== "function") util[name] = replacement;
  }
}
