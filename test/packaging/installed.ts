import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A package in npm's list of an installed project. */
interface Listed {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The packages that npm installed into a project. Smaller projects are made of them, without another `npm install`. */
export class Installed {
  readonly #listed: Readonly<Record<string, Listed>>;
  readonly #project: string;

  constructor(project: string) {
    this.#project = project;
    const list = readFileSync(join(project, "node_modules/.package-lock.json"), "utf8");
    this.#listed = (JSON.parse(list) as { packages: Record<string, Listed> }).packages;
  }

  /**
   * The folders that npm would install for `names`: the folders of these packages, of their dependencies, and of their
   * peer dependencies except optional ones.
   */
  foldersOf(names: readonly string[]): string[] {
    const folders = new Set<string>();
    const visit = (name: string, from: string, isOptional: boolean) => {
      const folder = this.#resolve(name, from);
      if (folder === undefined && isOptional) return; // for another system
      if (folder === undefined) throw new Error(`${from || "the project"} needs ${name}, which is not installed`);
      if (folders.has(folder)) return;
      folders.add(folder);
      const { dependencies, optionalDependencies = {}, peerDependencies, peerDependenciesMeta } = this.#listed[folder]!;
      const peers = Object.keys(peerDependencies ?? {}).filter((peer) => !peerDependenciesMeta?.[peer]?.optional);
      for (const each of [...Object.keys(dependencies ?? {}), ...peers]) {
        visit(each, folder, each in optionalDependencies);
      }
      for (const each of Object.keys(optionalDependencies)) visit(each, folder, true);
    };
    for (const name of names) visit(name, "", false);
    return [...folders].sort();
  }

  /** Makes the project `target` with only the packages that npm would install for `names`, as hard links. */
  link(target: string, names: readonly string[]): string {
    mkdirSync(target);
    writeFileSync(join(target, "package.json"), '{ "private": true, "type": "module" }');
    for (const folder of this.foldersOf(names)) linkFiles(join(this.#project, folder), join(target, folder));
    return target;
  }

  /** The folder in which Node finds `name` from the package in the folder `from`, or from the project if that is "". */
  #resolve(name: string, from: string): string | undefined {
    let parent = from;
    while (parent !== "") {
      const nested = `${parent}/node_modules/${name}`;
      if (nested in this.#listed) return nested;
      parent = parent.slice(0, Math.max(0, parent.lastIndexOf("/node_modules/")));
    }
    return `node_modules/${name}` in this.#listed ? `node_modules/${name}` : undefined;
  }
}

/** Links the files of a package, without those of the packages that are nested in it. */
function linkFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFiles(source, target);
    else linkSync(source, target);
  }
}
