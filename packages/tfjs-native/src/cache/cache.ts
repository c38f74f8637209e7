import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { cacheFolder, writeFileAtomically } from "@igr/files";
import type { Flavour } from "../tensorflow-versions.js";
import { checkTrusted } from "./trusted-folders.js";

/** What an add-on in the cache was built from and with; `addon.json` beside it. */
export interface AddonRecord {
  readonly flavour: Flavour;
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Folder of TensorFlow's libraries: absolute, or relative to the add-on's folder where they lie in the cache too. */
  readonly libraries: string;
  /** SHA-256 over tfjs-node's C++ sources. */
  readonly sources: string;
  /** `@tensorflow/tfjs-node 4.22.0`. */
  readonly builtFrom: string;
  /** First line of the compiler's `--version`. */
  readonly compiler: string;
  /** When setup last ended with it, ISO 8601: of several that fit, the latest is loaded. */
  readonly setUpAt: string;
}

/** A flavour, and where its CUDA comes from. */
export type Variant = Flavour | "gpu-system-cuda";

export interface CachedAddon extends AddonRecord {
  readonly folder: string;
  readonly file: string;
}

const addonFile = "tfjs_binding.node";
const recordFile = "addon.json";
const halfBuilt = ".partial";

/**
 * The cache: `python/` (a virtual environment for pip), `tensorflow/<variant>-<version>/` (unpacked wheels),
 * `addons/<name>/` (an add-on and its record) and `lock`, in a folder per operating system and processor.
 *
 * A folder is made as `<name>.<process>.partial` and renamed when complete: a name without that ending is whole.
 */
export class Cache {
  readonly folder: string;
  readonly python: string;
  readonly lock: string;
  readonly #tensorflow: string;
  readonly #addons: string;

  constructor(root = cacheFolder("igr-tfjs-native")) {
    // Absolute: the add-on is also loaded by processes that work in other folders.
    this.folder = resolve(root, `${process.platform}-${process.arch}`);
    this.python = join(this.folder, "python");
    this.lock = join(this.folder, "lock");
    this.#tensorflow = join(this.folder, "tensorflow");
    this.#addons = join(this.folder, "addons");
  }

  /** Makes the folders, for this user alone to write to. @throws NativeError `cache-untrusted`. */
  make(): void {
    for (const folder of [this.#tensorflow, this.#addons]) mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.#checkTrusted();
  }

  /** Where a TensorFlow lies or will lie. */
  tensorflow(variant: Variant, version: string): string {
    return join(this.#tensorflow, `${variant}-${version}`);
  }

  /** Names of the unpacked TensorFlows: `cpu-2.21.0`. */
  tensorflows(): string[] {
    return foldersIn(this.#tensorflow).filter((name) => !name.endsWith(halfBuilt));
  }

  /** Where an add-on lies or will lie. */
  addon(variant: Variant, version: string, sources: string): string {
    return join(this.#addons, `${variant}-${version}-${sources.slice(0, 12)}`);
  }

  /** All whole add-ons, the one set up last first. @throws NativeError `cache-untrusted`. */
  addons(): CachedAddon[] {
    this.#checkTrusted();
    return foldersIn(this.#addons)
      .filter((name) => !name.endsWith(halfBuilt))
      .flatMap((name) => readAddon(join(this.#addons, name)) ?? [])
      .sort((a, b) => b.setUpAt.localeCompare(a.setUpAt));
  }

  #checkTrusted(): void {
    const addons = foldersIn(this.#addons).map((name) => join(this.#addons, name));
    checkTrusted([dirname(this.folder), this.folder, this.#tensorflow, this.#addons, ...addons]);
  }

  /** Names of what an interrupted setup left. */
  halfBuilt(): string[] {
    return this.#halfBuiltPaths().map((path) => basename(path));
  }

  /** Removes what an interrupted setup left, of any version, and returns its names. Only for the holder of the lock. */
  removeHalfBuilt(): string[] {
    const left = this.#halfBuiltPaths();
    for (const path of left) rmSync(path, { recursive: true, force: true });
    return left.map((path) => basename(path));
  }

  #halfBuiltPaths(): string[] {
    return [this.folder, this.#tensorflow, this.#addons].flatMap((folder) =>
      foldersIn(folder)
        .filter((name) => name.endsWith(halfBuilt))
        .map((name) => join(folder, name)),
    );
  }

  /** Removes all that this class names, and nothing else that may lie in the folder. Returns the bytes that were freed. */
  clean(): number {
    let freed = 0;
    for (const path of [...this.#halfBuiltPaths(), this.python, this.#tensorflow, this.#addons]) {
      freed += folderSize(path);
      rmSync(path, { recursive: true, force: true });
    }
    return freed;
  }
}

/** Where this process makes `folder` before it gets its name: a pip that outlived its killed setup writes elsewhere. */
export const partialOf = (folder: string): string => `${folder}.${process.pid}${halfBuilt}`;

/** Gives a finished folder its name, in the place of one that is no longer wanted. */
export function finish(partial: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

export const addonIn = (folder: string): string => join(folder, addonFile);

/** Writes the record of an add-on: a reader sees the old one or the new one. */
export async function writeRecord(folder: string, record: AddonRecord): Promise<void> {
  await writeFileAtomically(join(folder, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

export function readAddon(folder: string): CachedAddon | undefined {
  const file = addonIn(folder);
  if (!existsSync(file)) return undefined;
  try {
    return { ...(JSON.parse(readFileSync(join(folder, recordFile), "utf8")) as AddonRecord), folder, file };
  } catch {
    return undefined; // no record: as good as absent
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** Bytes of all files under `folder`; what vanishes meanwhile counts nothing. */
export function folderSize(folder: string): number {
  let sum = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) sum += folderSize(path);
      else if (entry.isFile()) sum += statSync(path).size;
    }
  } catch {
    // gone
  }
  return sum;
}
