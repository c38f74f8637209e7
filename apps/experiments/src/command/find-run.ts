import { InputError } from "../input-error.js";
import type { RunStore } from "../run/store.js";

/** The run with a name or a prefix of a name. @throws InputError if no run or several runs match. */
export async function findRun(store: RunStore, name: string): Promise<string> {
  if (name === "") throw new InputError("a run must be given by its name, or a prefix of it");
  const found = (await store.list()).filter((id) => id.startsWith(name));
  if (found.length === 1) return found[0] as string;
  if (found.includes(name)) return name;
  throw new InputError(
    found.length === 0
      ? `there is no run ${name} in ${store.location}; see igr runs list`
      : `${name} is a prefix of ${found.length} runs: ${found.join(", ")}`,
  );
}
