import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
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

  read(id: string, file: string): Promise<Uint8Array | undefined> {
    return readFile(this.#path(id, file)).catch(absent(undefined));
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
    await mkdir(folder, { recursive: true }).catch(unwritable(folder));
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

  async remove(id: string): Promise<void> {
    const folder = join(this.location, id);
    const lock = await FolderLock.take(folder);
    try {
      await rm(folder, { recursive: true, force: true });
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
