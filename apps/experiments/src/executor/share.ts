import { InputError } from "../input-error.js";

/** The share of a study's runs that a process trains. */
export interface Share {
  /** Index of the share, from 0. */
  readonly index: number;
  readonly count: number;
}

/** Schedulers with array jobs, and their environment variables for index, count and first index. */
const arrays = [
  { name: "SLURM", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN" },
  { name: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: undefined },
] as const;

/**
 * The share that a cluster assigns to this process: by `SLURM_ARRAY_TASK_ID` and the size of the array, or by
 * `JOB_COMPLETION_INDEX` and `JOB_COMPLETIONS` (which a Kubernetes job file must set itself).
 * @throws InputError if the environment has no share, or inconsistent numbers.
 */
export function shareOf(environment: Readonly<Record<string, string | undefined>>): Share {
  const array = arrays.find(({ index }) => environment[index] !== undefined);
  if (!array) {
    throw new InputError(
      `there is no ${arrays.map(({ index }) => index).join(" or ")} in the environment; pass --index i/n`,
    );
  }
  const count = environment[array.count];
  if (count === undefined) {
    throw new InputError(`${array.index} is set, but ${array.count} is not; set it, or pass --index i/n`);
  }
  const first = array.first === undefined ? 0 : Number(environment[array.first] ?? 0);
  return checkShare(`${array.index} of ${array.name}`, Number(environment[array.index]) - first, Number(count));
}

/** Parses `3/8`, the fourth of eight. @throws InputError for another form. */
export function parseShare(text: string): Share {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined) {
    throw new InputError(`--index must be i/n, such as 0/8 for the first of eight, got "${text}"`);
  }
  return checkShare("--index", Number(index), Number(count));
}

/** The items of a share: every n-th item, so that consecutive runs of one kind are spread over all shares. */
export function takeShare<T>(items: readonly T[], { index, count }: Share): T[] {
  return items.filter((_, k) => k % count === index);
}

function checkShare(what: string, index: number, count: number): Share {
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count) return { index, count };
  throw new InputError(`${what} must be a number from 0 to ${count - 1}, the last of ${count}, got ${index}`);
}
