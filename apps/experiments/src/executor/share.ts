import { InputError } from "../input-error.js";

/** Which part of a study's runs a process takes. */
export interface Share {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** Schedulers that number the processes of an array, and the variables by which they tell index, count and first index. */
const arrays = [
  { name: "SLURM", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN" },
  { name: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: undefined },
] as const;

/**
 * The share that a cluster gives this process: by `SLURM_ARRAY_TASK_ID`, of as many as the array has, or `JOB_COMPLETION_INDEX`, of
 * `JOB_COMPLETIONS` (which a Kubernetes job file must set itself).
 * @throws InputError where the environment tells none, or numbers that don't fit together.
 */
export function shareOf(environment: Readonly<Record<string, string | undefined>>): Share {
  const array = arrays.find(({ index }) => environment[index] !== undefined);
  if (!array) {
    throw new InputError(
      `there is no ${arrays.map(({ index }) => index).join(" or ")} in the environment; give --index i/n`,
    );
  }
  const count = environment[array.count];
  if (count === undefined) {
    throw new InputError(`${array.index} is set, but ${array.count} is not; set it, or give --index i/n`);
  }
  const first = array.first === undefined ? 0 : Number(environment[array.first] ?? 0);
  return checkShare(`${array.index} of ${array.name}`, Number(environment[array.index]) - first, Number(count));
}

/** Reads `3/8`: the fourth of eight. @throws InputError unless it is one. */
export function parseShare(text: string): Share {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined) {
    throw new InputError(`--index must be i/n, such as 0/8 for the first of eight, got "${text}"`);
  }
  return checkShare("--index", Number(index), Number(count));
}

/** The items of a share: every n-th, so that runs of one kind, which follow each other, are spread over all. */
export function takeShare<T>(items: readonly T[], { index, count }: Share): T[] {
  return items.filter((_, k) => k % count === index);
}

function checkShare(what: string, index: number, count: number): Share {
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count) return { index, count };
  throw new InputError(`${what} must be a number from 0 to ${count - 1}, the last of ${count}, got ${index}`);
}
