import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { cacheFolder, writeFileAtomically } from "@igr/files";
import type { Flavour } from "../tensorflow-versions.js";
import { checkTrusted } from "./trusted-folders.js";

/** What an add-on in the cache was built from, and with which compiler: the content of its `addon.json`. */
export interface AddonRecord {
  readonly flavour: Flavour;
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Folder of TensorFlow's libraries: absolute, or relative to the add-on's folder if the libraries are in the cache. */
  readonly libraries: string;
  /** SHA-256 over tfjs-node's C++ sources. */
  readonly sources: string;
  /** `@tensorflow/tfjs-node 4.22.0`. */
  readonly builtFrom: string;
  /** First line of the compiler's `--version`. */
  readonly compiler: string;
  /** When setup last finished with it, ISO 8601. Of several suitable add-ons the latest is loaded. */
  readonly setUpAt: string;
}

/** A variant of TensorFlow, and the source of its CUDA. */
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
 * A folder is made as `<name>.<process>.partial` and renamed when it is complete, so a folder without that ending is complete.
 */
export class Cache {
  readonly folder: string;
  readonly python: string;
  readonly lock: string;
  readonly #tensorflow: string;
  readonly #addons: string;

  constructor(root = cacheFolder("igr-tfjs-native")) {
    // Absolute, because processes in other folders load the add-on too.
    this.folder = resolve(root, `${process.platform}-${process.arch}`);
    this.python = join(this.folder, "python");
    this.lock = join(this.folder, "lock");
    this.#tensorflow = join(this.folder, "tensorflow");
    this.#addons = join(this.folder, "addons");
  }

  /** Makes the folders, writable by this user only. @throws NativeError `cache-untrusted`. */
  make(): void {
    for (const folder of [this.#tensorflow, this.#addons]) mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.#checkTrusted();
  }

  /** The folder of a TensorFlow, whether it exists or not. */
  tensorflow(variant: Variant, version: string): string {
    return join(this.#tensorflow, `${variant}-${version}`);
  }

  /** Names of the unpacked TensorFlows: `cpu-2.21.0`. */
  tensorflows(): string[] {
    return foldersIn(this.#tensorflow).filter((name) => !name.endsWith(halfBuilt));
  }

  /** The folder of an add-on, whether it exists or not. */
  addon(variant: Variant, version: string, sources: string): string {
    return join(this.#addons, `${variant}-${version}-${sources.slice(0, 12)}`);
  }

  /** All complete add-ons, the latest first. @throws NativeError `cache-untrusted`. */
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

  /** Names of the folders that an interrupted setup left. */
  halfBuilt(): string[] {
    return this.#halfBuiltPaths().map((path) => basename(path));
  }

  /** Removes the folders that an interrupted setup left, of any version, and returns their names. Only the holder of the lock may call it. */
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

  /** Removes everything that this class makes, and no other file of the folder. Returns the number of bytes that were freed. */
  clean(): number {
    let freed = 0;
    for (const path of [...this.#halfBuiltPaths(), this.python, this.#tensorflow, this.#addons]) {
      freed += folderSize(path);
      rmSync(path, { recursive: true, force: true });
    }
    return freed;
  }
}

/** Where this process makes `folder` before the rename. A pip that outlives its killed setup writes to another folder. */
export const partialOf = (folder: string): string => `${folder}.${process.pid}${halfBuilt}`;

/** Gives a finished folder its name, and replaces an older folder of that name. */
export function finish(partial: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

export const addonIn = (folder: string): string => join(folder, addonFile);

/** Writes the record of an add-on. A reader sees either the old record or the new one. */
export async function writeRecord(folder: string, record: AddonRecord): Promise<void> {
  await writeFileAtomically(join(folder, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

export function readAddon(folder: string): CachedAddon | undefined {
  const file = addonIn(folder);
  if (!existsSync(file)) return undefined;
  try {
    return { ...(JSON.parse(readFileSync(join(folder, recordFile), "utf8")) as AddonRecord), folder, file };
  } catch {
    return undefined; // an add-on without a record is ignored
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** Bytes of all files under `folder`. A file that is deleted meanwhile counts as 0. */
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
