/**
 * Modules of Node by `process.getBuiltinModule`, which bundlers for browsers don't follow; an `import("node:fs")`
 * would stop some of them. Undefined outside Node (Deno and Bun count as Node).
 */
function builtin<Name extends "node:fs/promises" | "node:os" | "node:path" | "node:url">(name: Name) {
  return globalThis.process?.getBuiltinModule?.(name);
}

/** What reading, caching and naming files needs of Node. */
export interface NodeModules {
  readonly fs: typeof import("node:fs/promises");
  readonly os: typeof import("node:os");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

/** Node's modules, or undefined in a browser. */
export function nodeModules(): NodeModules | undefined {
  const fs = builtin("node:fs/promises");
  const os = builtin("node:os");
  const path = builtin("node:path");
  const url = builtin("node:url");
  return fs && os && path && url ? { fs, os, path, url } : undefined;
}

/** Node's modules. @throws Error in a browser, naming `caller`. */
export function requireNodeModules(caller: string): NodeModules {
  const modules = nodeModules();
  if (modules === undefined) throw new Error(`${caller}: files can be read in Node only; pass an https URL here`);
  return modules;
}
