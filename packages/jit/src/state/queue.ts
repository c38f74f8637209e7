let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `task` after all tasks before it, one at a time in the whole process: compiled functions share the memory of
 * the variables that they use, and draw from generators in the order of the calls.
 */
export function enqueue<T>(task: () => Promise<T>): Promise<T> {
  const result = last.then(task);
  last = result.catch(() => {});
  return result;
}
