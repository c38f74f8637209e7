import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, runNode, runNpm } from "./process.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const packages = readdirSync(join(root, "packages"));
/** Where the program that a tarball is made of lies. */
const folders = new Map([
  ...packages.map((name) => [name, `packages/${name}`]),
  ["experiments", "apps/experiments"],
] as [string, string][]);

/** The packed packages in a folder outside the workspace, and the projects that install them. */
export class Tarballs {
  readonly #folder = mkdtempSync(join(tmpdir(), "igr-packaging-"));
  readonly #files = new Map<string, string>();

  /** What `pnpm release --dry-run` printed, which packs all packages. */
  readonly released: string = "";

  /** @param names which to pack; if absent, a release's dry run packs all. */
  constructor(names?: readonly string[]) {
    for (const name of names ?? folders.keys()) {
      const path = folders.get(name) as string;
      if (!existsSync(join(root, path, "dist"))) {
        throw new Error(`${path} is not built: run \`npm test\`, which builds first`);
      }
    }
    if (names === undefined) {
      const options = ["--dry-run", "--pack-destination", this.#folder];
      this.released = runNode(join(root, "scripts/release.mjs"), options, root);
      for (const [name, path] of folders) {
        const { version } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as { version: string };
        this.#files.set(name, join(this.#folder, `igr-${name}-${version}.tgz`));
      }
      return;
    }
    const pnpm = join(root, "node_modules/pnpm/bin/pnpm.cjs");
    for (const name of names) {
      const folder = join(root, folders.get(name) as string);
      const packed = JSON.parse(runNode(pnpm, ["pack", "--json", "--pack-destination", this.#folder], folder));
      this.#files.set(name, packed.filename as string);
    }
  }

  file(name: string): string {
    return this.#files.get(name) as string;
  }

  /** What a user would find in node_modules. */
  unpack(name: string): string {
    const target = mkdtempSync(join(this.#folder, `unpacked-${name}-`));
    run("tar", ["-xzf", this.file(name), "-C", target], this.#folder);
    return join(target, "package");
  }

  /** The folder of a project that is to be made. */
  folder(name: string): string {
    return join(this.#folder, `project-${name}`);
  }

  /** An empty project where every @igr name means its tarball, with `dependencies` installed by npm. */
  project(name: string, dependencies: Readonly<Record<string, string>>): string {
    const project = this.folder(name);
    mkdirSync(project);
    const overrides = Object.fromEntries([...this.#files].map(([each, file]) => [`@igr/${each}`, `file:${file}`]));
    const versions = Object.entries(dependencies).map(([key, version]) => [key, overrides[key] ?? version]);
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ private: true, type: "module", dependencies: Object.fromEntries(versions), overrides }, null, 2),
    );
    runNpm(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], project);
    return project;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
