import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandonedFiles, writeFileAtomically } from "@igr/files";
import type { RunConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { FolderLock } from "./folder-lock.js";
import { runId } from "./identity.js";
import { CHECKPOINTS, type RunClaim, type RunStore, runFiles } from "./store.js";

/** Runs as folders of one folder, each named by its identity. */
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
    return this.#path(id, CHECKPOINTS);
  }

  async files(id: string): Promise<string[]> {
    const entries = await readdir(join(this.location, id), { withFileTypes: true }).catch(absent([]));
    return entries.filter((entry) => entry.isFile() && !/^\.|\.tmp$/.test(entry.name)).map(({ name }) => name);
  }

  async claim(configuration: RunConfiguration): Promise<RunClaim> {
    const id = runId(configuration);
    const folder = join(this.location, id);
    await mkdir(folder, { recursive: true }).catch(unwritable(folder));
    const lock = await FolderLock.take(folder);
    const claim: RunClaim = {
      id,
      checkpoints: join(folder, CHECKPOINTS),
      read: (file) => this.read(id, file),
      write: async (file, content) => {
        await lock.check();
        await writeFileAtomically(join(folder, file), content).catch(unwritable(join(folder, file)));
      },
      checkpointed: () => Promise.resolve(),
      check: () => lock.check(),
      release: () => lock.release(),
    };
    try {
      await removeAbandonedFiles(folder, () => true);
      if ((await claim.read(runFiles.configuration)) === undefined) {
        await claim.write(runFiles.configuration, `${JSON.stringify(configuration, null, 2)}\n`);
      }
    } catch (error) {
      await claim.release();
      throw error;
    }
    return claim;
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

  /** Files lie flat in their run's folder: a name that leads out of it is none. */
  #path(id: string, file: string): string {
    for (const name of [id, file]) {
      if (!/^[\w][\w.-]*$/.test(name))
        throw new InputError(`${JSON.stringify(name)} is no name of a run or of its files`);
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

function unwritable(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw unwritableError(path, error);
  };
}

/** The sentence that helps, for what a file system refuses. */
function unwritableError(path: string, error: NodeJS.ErrnoException): Error {
  const why: Readonly<Record<string, string>> = {
    ENOSPC: "there is no space left on the device; make room, then give the same command again",
    EDQUOT: "the quota of disk space is used up; make room, then give the same command again",
    EACCES: "this user may not write there; choose another folder with --runs",
    EPERM: "this user may not write there; choose another folder with --runs",
    EROFS: "the file system is read-only; choose another folder with --runs",
    ENOTDIR: "part of the path is a file; choose another folder with --runs",
    EEXIST: "it is a file; choose another folder with --runs",
  };
  const reason = why[error.code ?? ""];
  return reason === undefined ? error : new InputError(`${path} can't be written: ${reason}`, { cause: error });
}
