/** The Node modules for reading and writing files. */
export interface NodeModules {
  readonly crypto: typeof import("node:crypto");
  readonly fs: typeof import("node:fs/promises");
  readonly os: typeof import("node:os");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

/**
 * Node's modules, or undefined in a browser (Deno and Bun count as Node). They are looked up at each call by
 * `process.getBuiltinModule`, which bundlers for browsers do not follow; some of them stop at an `import("node:fs")`.
 */
export function nodeModules(): NodeModules | undefined {
  const builtin = globalThis.process?.getBuiltinModule;
  const fs = builtin?.("node:fs/promises");
  if (builtin === undefined || fs === undefined) return undefined;
  return {
    crypto: builtin("node:crypto"),
    fs,
    os: builtin("node:os"),
    path: builtin("node:path"),
    url: builtin("node:url"),
  };
}

/**
 * Node's modules.
 * @param owner the function that needs them.
 * @param reason why the function does not work in a browser.
 * @throws Error `owner: reason` in a browser.
 */
export function requireNodeModules(owner: string, reason = "files can be read and written in Node only"): NodeModules {
  const modules = nodeModules();
  if (modules === undefined) throw new Error(`${owner}: ${reason}`);
  return modules;
}
