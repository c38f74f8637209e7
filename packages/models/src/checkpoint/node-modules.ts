export interface NodeModules {
  readonly crypto: typeof import("node:crypto");
  readonly fs: typeof import("node:fs/promises");
  readonly os: typeof import("node:os");
  readonly path: typeof import("node:path");
}

/**
 * Node's modules by `process.getBuiltinModule`: bundlers for browsers stop at an `import("node:fs")`, and `fit`, which
 * runs in browsers, can save. @throws Error outside Node, naming `caller`.
 */
export function nodeModules(caller: string): NodeModules {
  const builtin = globalThis.process?.getBuiltinModule;
  if (builtin === undefined) throw new Error(`${caller}: a checkpoint is a folder of files, which needs Node`);
  return {
    crypto: builtin("node:crypto"),
    fs: builtin("node:fs/promises"),
    os: builtin("node:os"),
    path: builtin("node:path"),
  };
}
