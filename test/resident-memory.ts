import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes that a process holds. */
interface HeldMemory {
  /** In memory, as the operating system counts: what native code holds, too, and what the collector keeps for later. */
  readonly resident: number;
  /** Of JavaScript's objects and array buffers alone, without the collector's own spaces. */
  readonly live: number;
}

/**
 * What the process holds once garbage is collected: the least of a few readings, since buffers freed by a finalizer go a turn of
 * the event loop after the collection.
 */
export async function memoryAfterCollection(): Promise<HeldMemory> {
  const readings: HeldMemory[] = [];
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { heapUsed, external } = process.memoryUsage();
    readings.push({ resident: process.memoryUsage.rss(), live: heapUsed + external });
  }
  const least = (of: (reading: HeldMemory) => number) => Math.min(...readings.map(of));
  return { resident: least(({ resident }) => resident), live: least(({ live }) => live) };
}
