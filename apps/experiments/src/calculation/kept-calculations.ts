import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@igr/files";
import { indented } from "../indented.js";
import { InputError } from "../input-error.js";
import type { Calculated, Calculation } from "./calculation.js";

/** Storage of results. */
export interface KeptCalculations {
  read(id: string): Promise<Calculated<unknown> | undefined>;
  write(id: string, calculation: Calculation, calculated: Calculated<unknown>): Promise<void>;
}

/**
 * The folder `calculations` next to the runs of a folder, with a JSON file for each. Results are not stored if the runs
 * are not in a folder.
 */
export function keptBeside(runs: string): KeptCalculations {
  if (/^[a-z][a-z0-9+]+:\/\//.test(runs)) return { read: async () => undefined, write: async () => {} };
  const folder = join(runs, "calculations");
  const fileOf = (id: string) => join(folder, `${id}.json`);
  return {
    async read(id) {
      const text = await readFile(fileOf(id), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as Calculated<unknown>;
      } catch (error) {
        throw new InputError(`${fileOf(id)} is not JSON; delete it to compute it again`, { cause: error });
      }
    },
    async write(id, { title, settings }, calculated) {
      const temporary = `${fileOf(id)}.${process.pid}.tmp`;
      try {
        await makeFolder(folder);
        await writeFile(temporary, indented({ title, settings, ...calculated }));
        await rename(temporary, fileOf(id));
      } catch (error) {
        throw new InputError(`${fileOf(id)} can't be written: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}
