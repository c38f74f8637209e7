import { existsSync } from "node:fs";
import { readdir, readFile, realpath, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "@igr/files";
import type { RunConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { borrowedFolder, FolderLock } from "./folder-lock.js";
import { runId } from "./identity.js";
import { CHECKPOINTS, type ClaimOptions, type RunClaim, type RunStore, runFiles } from "./store.js";
import { unwritable } from "./unwritable.js";

/** Stores runs as subfolders of one folder, named by their identities. */
export class FolderStore implements RunStore {
  readonly location: string;

  constructor(folder: string) {
    this.location = folder;
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.location).catch(absent([]));
    return names.filter((name) => existsSync(join(this.location, name, runFiles.configuration)));
  }

  /** @throws InputError if the file is a link that leads out of the run's folder: reports would show files of this machine. */
  async read(id: string, file: string): Promise<Uint8Array | undefined> {
    const path = this.#path(id, file);
    const target = await realpath(path).catch(absent(undefined));
    if (target === undefined) return undefined;
    if (dirname(target) !== (await realpath(dirname(path)))) {
      throw new InputError(`${path} is a link to ${target}, which is not in the folder of the run`);
    }
    return readFile(target).catch(absent(undefined));
  }

  async checkpoints(id: string): Promise<string> {
    const own = this.#path(id, CHECKPOINTS);
    return (await borrowedFolder(join(this.location, id), CHECKPOINTS)) ?? own;
  }

  async files(id: string): Promise<string[]> {
    const entries = await readdir(join(this.location, id), { withFileTypes: true }).catch(absent([]));
    return entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map(({ name }) => name);
  }

  async claim(configuration: RunConfiguration, { grant }: ClaimOptions = {}): Promise<RunClaim> {
    const id = runId(configuration);
    const folder = join(this.location, id);
    await makeFolder(folder).catch(unwritable(folder));
    const lock = await FolderLock.take(folder, grant);
    try {
      if ((await this.read(id, runFiles.configuration)) === undefined) {
        await lock.write(runFiles.configuration, `${JSON.stringify(configuration, null, 2)}\n`);
      }
      const checkpoints = await lock.borrow(CHECKPOINTS);
      // The lock of the process that trained here before; this claim is newer.
      await rm(join(checkpoints, "run.lock"), { force: true });
      return {
        id,
        checkpoints,
        read: (file) => this.read(id, file),
        write: (file, content) => lock.write(file, content),
        checkpointed: () => lock.check(),
        check: () => lock.check(),
        release: () => lock.release(),
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  remove(id: string): Promise<void> {
    return this.#removeIf(id, async () => true);
  }

  async removeUntrained(id: string): Promise<void> {
    const isUntrained = async () => {
      const others = (await this.files(id)).filter((file) => file !== runFiles.configuration);
      const checkpoints = await readdir(this.#path(id, CHECKPOINTS)).catch(absent([]));
      return others.length + checkpoints.length === 0;
    };
    await this.#removeIf(id, isUntrained).catch((error: unknown) => {
      if (!(error instanceof InputError)) throw error;
    });
  }

  /** Deletes a run if `isWanted` holds while nobody else can write to it. */
  async #removeIf(id: string, isWanted: () => Promise<boolean>): Promise<void> {
    const folder = join(this.location, id);
    const lock = await FolderLock.take(folder);
    try {
      if (await isWanted()) await rm(folder, { recursive: true, force: true });
    } finally {
      await lock.release();
    }
  }

  /** Files are directly in the folder of their run; a name must not lead out of it. */
  #path(id: string, file: string): string {
    for (const name of [id, file]) {
      if (!/^[\w][\w.-]*$/.test(name)) {
        throw new InputError(`${JSON.stringify(name)} is not a name of a run or of its files`);
      }
    }
    return join(this.location, id, file);
  }
}

function absent<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return value;
    throw error;
  };
}
