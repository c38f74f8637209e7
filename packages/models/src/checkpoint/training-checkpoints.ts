import { makeFolder, removeAbandonedFolders, writeFolderAtomically } from "@igr/files";
import { CheckpointError } from "./checkpoint-error.js";
import { nodeModules } from "./node-modules.js";
import { RunLock } from "./run-lock.js";
import { CONFIG_FILE, sha256Of } from "./save.js";
import { decodeState, encodeState, StateRefused, type TrainingState } from "./training-state.js";

/** The file with the state of the run. It names the other files of the folder. */
export const STATE_FILE = "training.json";
/** The optimizer's slots. */
export const SLOTS_FILE = "optimizer.safetensors";

const NAME = /^step-(\d{9,})(?:-epoch-(\d{4,}))?$/;

/** The names of the checkpoints in a folder of `fit`, oldest first; an empty list if the folder does not exist. */
export async function checkpointNames(dir: string): Promise<string[]> {
  const { fs } = nodeModules("fit");
  const entries = await fs.readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const order = (name: string) =>
    NAME.exec(name)!
      .slice(1)
      .map((digits) => Number(digits ?? -1)) as [number, number];
  return entries
    .filter((name) => NAME.test(name))
    .sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]);
}

/** A checkpoint and its score. */
interface Scored {
  readonly name: string;
  readonly score: number;
}

/** The better of two checkpoints; the later one if their scores are equal. */
function better(first: Scored | undefined, second: Scored | undefined): Scored | undefined {
  if (second === undefined || Number.isNaN(second.score)) return first;
  return first && first.score > second.score ? first : second;
}

/**
 * The checkpoint with the highest score, the later of equals; undefined if no score is a number. A checkpoint that
 * can't be read counts as one without a score.
 */
async function bestReadable(dir: string): Promise<Scored | undefined> {
  let best: Scored | undefined;
  for (const name of await checkpointNames(dir)) {
    const state = await stateOf(dir, name).catch(() => undefined);
    if (state?.score !== undefined) best = better(best, { name, score: state.score });
  }
  return best;
}

/**
 * The name of the best checkpoint of a run, as recorded in its newest checkpoint; undefined if no checkpoint has a
 * score.
 * @throws Error, naming the checkpoint, if the best one is gone or the newest one can't be read. The second best is not
 * returned instead: it is a different model.
 */
export async function bestOfRun(dir: string): Promise<string | undefined> {
  const newest = (await checkpointNames(dir)).at(-1);
  if (newest === undefined) return undefined;
  let state: TrainingState;
  try {
    state = await stateOf(dir, newest);
  } catch (cause) {
    // A running `fit` deletes old checkpoints.
    if (!(await checkpointNames(dir)).includes(newest)) return bestOfRun(dir);
    const { path } = nodeModules("load");
    const { message } = cause as Error;
    throw new Error(`load: the best checkpoint can't be determined:  ${path.join(dir, newest)}: ${message}`, {
      cause,
    });
  }
  // Older versions did not record the best checkpoint; there the scores decide.
  const best = state.best ?? (await bestReadable(dir))?.name;
  const names = await checkpointNames(dir);
  if (best === undefined || names.includes(best)) return best;
  if (names.at(-1) !== newest) return bestOfRun(dir);
  throw new Error(
    `load: the best checkpoint of ${dir} was ${best}, which is gone; there are ${names.join(", ")}: load the one you want by its folder`,
  );
}

async function stateOf(dir: string, name: string): Promise<TrainingState> {
  const { fs, path } = nodeModules("fit");
  return decodeState(await fs.readFile(path.join(dir, name, STATE_FILE), "utf8"), STATE_FILE, sha256Of).state;
}

/** An intact checkpoint with its contents. */
export interface ReadCheckpoint {
  readonly name: string;
  readonly state: TrainingState;
  readonly weights: { readonly path: string; readonly bytes: Uint8Array };
  readonly slots: { readonly path: string; readonly bytes: Uint8Array };
}

/**
 * The checkpoints of one training run: a folder for each, with the model as `save` writes it, the optimizer's slots and
 * the state.
 */
export class TrainingCheckpoints {
  readonly dir: string;
  readonly #keep: number;
  #lock: RunLock | undefined;

  constructor(dir: string, keep: number) {
    this.dir = dir;
    this.#keep = keep;
  }

  /**
   * Creates the folder if it does not exist, and locks it for this run.
   * @throws CheckpointError `busy`; Error if it can't be written.
   */
  async open(): Promise<void> {
    try {
      await makeFolder(this.dir);
      this.#lock = await RunLock.take(this.dir);
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      const { message } = cause as Error;
      throw new Error(`fit: checkpoint.dir ${this.dir} must be a folder that can be written: ${message}`, { cause });
    }
  }

  /** Lets other runs into the folder. */
  async close(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * The newest checkpoint, or the named one; undefined if there is no checkpoint.
   * @throws CheckpointError if it is damaged; the error names the newest intact checkpoint before it.
   */
  async read(name?: string): Promise<ReadCheckpoint | undefined> {
    const names = await checkpointNames(this.dir);
    const wanted = name ?? names.at(-1);
    if (wanted === undefined) return undefined;
    if (!names.includes(wanted)) {
      throw new RangeError(
        `fit: checkpoint.from must be one of ${names.join(", ") || "none"} in ${this.dir}, got ${JSON.stringify(name)}`,
      );
    }
    try {
      return await this.#readWhole(wanted);
    } catch (error) {
      if (!(error instanceof StateRefused)) throw error;
      const path = nodeModules("fit").path.join(this.dir, wanted);
      const previous = await this.#newestWhole(names.slice(0, names.indexOf(wanted)));
      throw new CheckpointError(path, error.reason, error.message, previous);
    }
  }

  /** Prepares the open folder for a run that resumes from `name`, or starts anew: later checkpoints are set aside. */
  async begin(name: string | undefined): Promise<void> {
    const { fs, path } = nodeModules("fit");
    await removeAbandonedFolders(this.dir);
    const names = await checkpointNames(this.dir);
    for (const later of names.slice(name === undefined ? names.length : names.indexOf(name) + 1)) {
      const aside = path.join(this.dir, `set-aside-${later}`);
      await fs.rm(aside, { recursive: true, force: true });
      await fs.rename(path.join(this.dir, later), aside);
    }
  }

  /**
   * Writes a checkpoint and returns its name. Deletes checkpoints that are neither among the latest nor the best.
   * @throws CheckpointError `busy` if another run has taken the folder over.
   */
  async write(
    state: TrainingState,
    model: ReadonlyMap<string, Uint8Array | string>,
    slots: Uint8Array,
  ): Promise<string> {
    const { fs, path } = nodeModules("fit");
    await this.#lock?.check();
    const contents = new Map([...model, [SLOTS_FILE, slots] as const]);
    const files = Object.fromEntries([...contents].map(([file, content]) => [file, sha256Of(content)]));
    const step = `step-${String(state.totalSteps).padStart(9, "0")}`;
    const name = state.partial ? step : `${step}-epoch-${String(state.epochs.length).padStart(4, "0")}`;
    const names = await checkpointNames(this.dir);
    // A checkpoint of the same name has the same contents: the settings determine the run.
    if (!names.includes(name)) {
      const own = state.score === undefined ? undefined : { name, score: state.score };
      const best = better(await bestReadable(this.dir), own)?.name;
      const stored = best === undefined ? state : { ...state, best };
      contents.set(STATE_FILE, encodeState({ state: stored, files }, sha256Of));
      await writeFolderAtomically(path.join(this.dir, name), contents);
      names.push(name);
    }
    const kept = new Set([...names.slice(-this.#keep), (await bestReadable(this.dir))?.name]);
    const old = names.filter((each) => !kept.has(each));
    await Promise.all(old.map((each) => fs.rm(path.join(this.dir, each), { recursive: true, force: true })));
    return name;
  }

  async #newestWhole(names: readonly string[]): Promise<string | undefined> {
    for (const name of [...names].reverse()) {
      try {
        await this.#readWhole(name);
        return name;
      } catch (error) {
        if (!(error instanceof StateRefused)) throw error;
      }
    }
    return undefined;
  }

  /** @throws StateRefused */
  async #readWhole(name: string): Promise<ReadCheckpoint> {
    const { path } = nodeModules("fit");
    const folder = path.join(this.dir, name);
    const { state, files } = decodeState(
      new TextDecoder().decode(await this.#readFile(folder, STATE_FILE, "foreign")),
      STATE_FILE,
      sha256Of,
    );
    const contents = new Map<string, Uint8Array>();
    for (const [file, sha256] of Object.entries(files)) {
      const bytes = await this.#readFile(folder, path.basename(file), "corrupt");
      if (sha256Of(bytes) !== sha256) throw new StateRefused("corrupt", `${file} is not what was written`);
      contents.set(file, bytes);
    }
    const part = (matches: (file: string) => boolean) => {
      const entry = [...contents].find(([file]) => matches(file));
      if (!entry) throw new StateRefused("corrupt", `${STATE_FILE} names no weights or no slots`);
      return { path: path.join(folder, entry[0]), bytes: entry[1] };
    };
    return {
      name,
      state,
      weights: part((file) => file !== SLOTS_FILE && file !== CONFIG_FILE),
      slots: part((file) => file === SLOTS_FILE),
    };
  }

  async #readFile(folder: string, file: string, missing: "foreign" | "corrupt"): Promise<Uint8Array> {
    const { fs, path } = nodeModules("fit");
    try {
      return await fs.readFile(path.join(folder, file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") throw new StateRefused(missing, `it has no ${file}`);
      throw error;
    }
  }
}
