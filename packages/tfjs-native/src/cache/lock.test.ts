import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeLock, withCacheLock } from "./lock.js";

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

test("setup waits for another one until its patience ends; the error names the holder and says what to do", async () => {
  hold(process.ppid);
  expect(await describeLock(file)).toBe(`a setup is at work (process ${process.ppid})`);
  const waits: string[] = [];
  const waiting = withCacheLock("setup", file, async () => {}, {
    patience: 20,
    onWait: (holder) => waits.push(holder),
  });
  await expect(waiting).rejects.toMatchObject({
    name: "NativeError",
    reason: "locked",
    message: `setup: process ${process.ppid} still holds ${file}; end it, or remove that file, and try again`,
  });
  expect(waits).toEqual([`process ${process.ppid}`]);
});

test("the lock of a process that has ended is taken over without waiting", async () => {
  hold(nobody);
  expect(await describeLock(file)).toBe(`${file} is left of a setup that was killed: the next one takes it over`);
  const waits: string[] = [];
  const options = { onWait: (holder: string) => waits.push(holder) };
  await expect(withCacheLock("setup", file, async () => "done", options)).resolves.toBe("done");
  expect(waits).toEqual([]);
  expect(existsSync(file)).toBe(false);
  expect(await describeLock(file)).toBeUndefined();
});

test("a lock of another machine belongs to a running setup until it is silent for a minute", async () => {
  hold(nobody, "elsewhere");
  expect(await describeLock(file)).toContain("a setup is at work (process 1073741824 on elsewhere)");
  const past = new Date(Date.now() - 61_000);
  utimesSync(file, past, past);
  expect(await describeLock(file)).toContain("is left of a setup that was killed");
});
