import { cpus } from "node:os";

/** How many cores other programs keep busy, measured while this one waits. Unlike the load average it forgets at once what ran before. */
export async function busyCores(seconds = 2) {
  const times = () => {
    const sums = { all: 0, idle: 0 };
    for (const { times } of cpus()) {
      sums.all += Object.values(times).reduce((sum, each) => sum + each, 0);
      sums.idle += times.idle;
    }
    return sums;
  };
  const start = times();
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const end = times();
  return (1 - (end.idle - start.idle) / (end.all - start.all)) * cpus().length;
}
