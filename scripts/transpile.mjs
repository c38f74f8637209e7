// Makes the JavaScript of a project, and of the projects that its tsconfig.json refers to, without checking types: two
// seconds instead of half a minute. `npm test` checks them; `tsc -b` later builds everything with declarations.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./workspace.mjs";

/** The folder of a project, and those of all projects that it refers to. */
function withReferences(folder, found = new Set()) {
  if (found.has(folder)) return found;
  found.add(folder);
  const { references = [] } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8"));
  for (const { path } of references) withReferences(resolve(folder, path), found);
  return found;
}

/** The source files of a project whose JavaScript is missing or older. */
function outdated(folder) {
  const modified = (file) => statSync(file).mtimeMs;
  return readdirSync(join(folder, "src"), { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .filter((name) => {
      const output = join(folder, "dist", name.replace(/\.ts$/, ".js"));
      return !existsSync(output) || modified(output) < modified(join(folder, "src", name));
    })
    .map((name) => join(folder, "src", name));
}

/** @param {string} project folder of the project, below the root of the workspace */
export async function transpile(project) {
  // Only now: the caller may just have installed it.
  const { build } = await import("esbuild");
  const projects = [...withReferences(join(root, project))];
  await Promise.all(
    projects.map(async (folder) => {
      const entryPoints = outdated(folder);
      if (entryPoints.length === 0) return;
      await build({
        entryPoints,
        outbase: join(folder, "src"),
        outdir: join(folder, "dist"),
        tsconfig: join(folder, "tsconfig.json"),
        format: "esm",
        platform: "node",
        target: "es2022",
        sourcemap: true,
        logLevel: "warning",
      });
    }),
  );
}
