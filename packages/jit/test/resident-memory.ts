import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Bytes that the process holds once garbage is collected: the least of a few readings, since buffers freed by a
 * finalizer go a turn of the event loop after the collection.
 */
export async function residentAfterCollection(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
    readings.push(process.memoryUsage.rss());
  }
  return Math.min(...readings);
}
