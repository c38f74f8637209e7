import { nodeModules } from "./node-modules.js";

type Content = Uint8Array | string;

/** Writes beside the file, flushes, renames: a reader sees the old content or the new one, also after a crash. */
export async function writeAtomically(path: string, content: Content): Promise<void> {
  const { fs, path: paths } = nodeModules("save");
  const temporary = `${path}.${process.pid}-${nodeModules("save").crypto.randomUUID()}.tmp`;
  try {
    await writeFlushed(temporary, content);
    await fs.rename(temporary, path);
    await flushFolder(paths.dirname(path));
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

const TEMPORARY_FILE = /\.\d+-[0-9a-f-]{36}\.tmp$/;
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Deletes the temporary files of `names` that a process which was killed left in a folder a day ago or more. */
export async function deleteAbandoned(dir: string, isName: (name: string) => boolean): Promise<void> {
  const { fs, path } = nodeModules("save");
  for (const entry of await fs.readdir(dir)) {
    if (!TEMPORARY_FILE.test(entry) || !isName(entry.replace(TEMPORARY_FILE, ""))) continue;
    const file = path.join(dir, entry);
    const status = await fs.stat(file).catch(() => undefined);
    if (status && Date.now() - status.mtimeMs > ABANDONED_AFTER) await fs.rm(file, { force: true });
  }
}

const TEMPORARY_FOLDER = /^\.tmp-\d+-/;

/** Writes a folder of files that appears under its name only when all of it is on the disk. */
export async function writeFolderAtomically(path: string, files: ReadonlyMap<string, Content>): Promise<void> {
  const { fs, path: paths } = nodeModules("save");
  const parent = paths.dirname(path);
  const temporary = paths.join(parent, `.tmp-${process.pid}-${paths.basename(path)}`);
  try {
    await fs.mkdir(temporary, { recursive: true });
    for (const [name, content] of files) await writeFlushed(paths.join(temporary, name), content);
    await flushFolder(temporary);
    await fs.rename(temporary, path);
    await flushFolder(parent);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Deletes what a process that died while it wrote has left in a folder. */
export async function deleteUnfinished(parent: string): Promise<void> {
  const { fs, path } = nodeModules("save");
  const unfinished = (await fs.readdir(parent)).filter((name) => TEMPORARY_FOLDER.test(name));
  await Promise.all(unfinished.map((name) => fs.rm(path.join(parent, name), { recursive: true, force: true })));
}

async function writeFlushed(path: string, content: Content): Promise<void> {
  const handle = await nodeModules("save").fs.open(path, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    throw named(error, path);
  } finally {
    await handle.close();
  }
}

/** Writing to an open file fails without its name: "ENOSPC: no space left on device, write". */
function named(error: unknown, path: string): unknown {
  const failure = error as NodeJS.ErrnoException;
  if (failure.code === undefined || failure.path !== undefined) return error;
  failure.path = path;
  failure.message += ` '${path}'`;
  return failure;
}

/** A rename is on the disk once its folder is; Windows opens no folders, and needs none to be flushed. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await nodeModules("save").fs.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
