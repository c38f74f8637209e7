import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isStale, withLock } from "./lock.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "igr-lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hold = (pid: number, host = hostname()) => writeFileSync(file, JSON.stringify({ pid, host }));
/** Larger than any process number of Linux or macOS. */
const nobody = 2 ** 30;

test("one at a time, each to its end, and the lock is gone afterwards", async () => {
  const order: string[] = [];
  const work = (name: string) =>
    withLock(
      file,
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 30));
        order.push(`${name} ends`);
      },
      { pollMilliseconds: 5 },
    );
  await Promise.all([work("a"), work("b"), work("c")]);
  for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i]!.replace("begins", "ends"));
  expect(existsSync(file)).toBe(false);
});

test("work that throws leaves no lock", async () => {
  await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(existsSync(file)).toBe(false);
});

test("the lock of a process that is gone is taken over without waiting", async () => {
  hold(nobody);
  expect(isStale(file)).toBe(true);
  const waits: string[] = [];
  await expect(withLock(file, async () => "done", { onWait: (holder) => waits.push(holder) })).resolves.toBe("done");
  expect(waits).toEqual([]);
});

test("a lock of this process, or of another machine, is waited for; patience has an end", async () => {
  for (const [pid, host] of [
    [process.pid, hostname()],
    [nobody, "elsewhere"],
  ] as const) {
    hold(pid, host);
    expect(isStale(file)).toBe(false);
    const options = { pollMilliseconds: 5, patienceMilliseconds: 20 };
    await expect(withLock(file, async () => {}, options)).rejects.toMatchObject({
      name: "NativeError",
      reason: "locked",
    });
  }
});

test("a lock that another process took over meanwhile stays that one's", async () => {
  await withLock(file, async () => hold(nobody, "elsewhere"));
  expect(existsSync(file)).toBe(true);
});

test("a lock that nobody touched for a minute belongs to nobody, wherever its process was", () => {
  hold(nobody, "elsewhere");
  const past = new Date(Date.now() - 61_000);
  utimesSync(file, past, past);
  expect(isStale(file)).toBe(true);
});
