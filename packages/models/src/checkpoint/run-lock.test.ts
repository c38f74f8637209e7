import { spawn } from "node:child_process";
import fs, { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { SIDE, trainableModels } from "../../test/trainable-models.js";
import { fit } from "../training/fit.js";
import type { EpochLog } from "../training/logs.js";
import { CheckpointError } from "./checkpoint-error.js";
import { LOCK_FILE, RunLock } from "./run-lock.js";

const [make] = Object.values(trainableModels) as [(typeof trainableModels)[string]];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-lock-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const train = (onEpoch?: (log: EpochLog) => unknown) =>
  fit(make(), new ArrayImages(bars(16, SIDE)), {
    epochs: 2,
    batchSize: 8,
    rng: createRng(1),
    engine: "eager",
    checkpoint: { dir },
    ...(onEpoch ? { callbacks: { onEpoch } } : {}),
  });
const refusalOf = (run: Promise<unknown>) => run.catch((error: unknown) => error) as Promise<CheckpointError>;
const leave = (lock: object) => writeFile(join(dir, LOCK_FILE), JSON.stringify(lock));
/** Makes the lock's last sign of life this many seconds old. */
const silentFor = (seconds: number) => {
  const then = Date.now() / 1000 - seconds;
  return utimes(join(dir, LOCK_FILE), then, then);
};
const other = { token: "other", host: hostname(), since: "2026-01-01T00:00:00.000Z" };

describe("a folder of checkpoints", () => {
  test("belongs to one run while it trains, then to the next", async () => {
    let second: CheckpointError | undefined;
    await train(async () => {
      second ??= await refusalOf(train());
    });
    expect(second).toBeInstanceOf(CheckpointError);
    expect(second).toMatchObject({ reason: "busy", path: dir, previous: undefined });
    expect(second!.message).toMatch(
      /^fit: checkpoint\.dir .* is rejected: process \d+ on .*, since .*Z, trains there; wait until it ends, give this run a folder/,
    );
    expect(second!.message).toContain(`process ${process.pid} on ${hostname()}`);
    expect((await readdir(dir)).filter((name) => !name.startsWith("step-"))).toEqual([]);
    expect((await train()).resumedAt).toBe(4);
  });

  test("is released by a run that fails", async () => {
    await expect(
      train(() => {
        throw new Error("no more");
      }),
    ).rejects.toThrow("no more");
    expect((await readdir(dir)).filter((name) => !name.startsWith("step-"))).toEqual([]);
  });

  test("belongs to another process while that process lives, and is taken over when it is dead", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    await leave({ ...other, pid: child.pid });
    expect((await refusalOf(train())).message).toContain(`process ${child.pid} on ${hostname()}`);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect((await train()).epochs).toHaveLength(2);
    expect(await readdir(dir)).not.toContain(LOCK_FILE);
  });

  test.each<[string, () => object]>([
    ["an earlier process of this one's number", () => ({ ...other, pid: process.pid, processStart: "earlier" })],
    ["a number without a process", () => ({ ...other, pid: 2 ** 22 + 1 })],
    ["nobody, as after a crash of the machine", () => []],
  ])("is taken over from %s", async (_, holder) => {
    await leave(holder());
    await silentFor(3);
    expect((await train()).epochs).toHaveLength(2);
  });

  test("belongs to another machine while that machine gives signs of life, and is taken over with a warning after a minute without one", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await leave({ ...other, host: "elsewhere", pid: process.pid });
    let beat = 0;
    const living = setInterval(() => silentFor(--beat), 50);
    try {
      expect(await refusalOf(train())).toMatchObject({
        reason: "busy",
        message: expect.stringContaining(`process ${process.pid} on elsewhere, since ${other.since}, trains there`),
      });
      clearInterval(living);
      warn.mockClear();
      await silentFor(61);
      expect((await train()).epochs).toHaveLength(2);
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/^fit: took over the lock .*run\.lock of process \d+ on elsewhere/)],
      ]);
    } finally {
      clearInterval(living);
      warn.mockRestore();
    }
  });

  test.skipIf(process.platform !== "linux")("is taken over if another process has reused the process id", async () => {
    await leave({ ...other, pid: process.ppid, processStart: "0" });
    expect((await train()).epochs).toHaveLength(2);
  });

  test("is not written to by a run that has lost its lock", async () => {
    let names: string[] = [];
    const run = refusalOf(
      train(async ({ epoch }) => {
        if (epoch > 1) return;
        names = await readdir(dir);
        await leave({ ...other, pid: 7 });
      }),
    );
    const error = await run;
    expect(error).toMatchObject({ reason: "busy", path: dir });
    expect(error.message).toContain("process 7 on");
    expect(error.message).toContain("has taken over this folder; this run writes nothing more there");
    expect((await readdir(dir)).sort()).toEqual(names.sort());
    expect(JSON.parse(await readFile(join(dir, LOCK_FILE), "utf8")).token).toBe("other");
  });
});

test("a run whose folder was deleted says so, and not that another one is busy", async () => {
  const lock = await RunLock.take(dir);
  await rm(dir, { recursive: true });
  await expect(lock.check()).rejects.toMatchObject({ reason: "gone", path: dir });
  await expect(lock.check()).rejects.toThrow(
    /checkpoint\.dir .* is rejected: the folder was deleted while this run trained/,
  );
  await lock.release();
});

test("a finished run returns its history even if the lock can no longer be deleted, and the next run resumes", async () => {
  const remove = fs.rm;
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const failing = vi.spyOn(fs, "rm").mockImplementation(async (path, options) => {
    if (String(path).endsWith(LOCK_FILE)) {
      throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
    }
    return remove(path, options);
  });
  try {
    expect((await train()).epochs).toHaveLength(2);
    expect(warn.mock.calls[0]?.[0]).toMatch(/^fit: the lock .*run\.lock could not be deleted \(EROFS/);
    expect(await readdir(dir)).toContain(LOCK_FILE);
  } finally {
    failing.mockRestore();
    warn.mockRestore();
  }
  expect((await train()).resumedAt).toBe(4);
});

test("only one of many simultaneous runs gets the folder", async () => {
  const taken = await Promise.allSettled(Array.from({ length: 20 }, () => RunLock.take(dir)));
  const won = taken.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(won).toHaveLength(1);
  for (const result of taken) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ reason: "busy" });
  }
  await won[0]!.check();
  await won[0]!.release();
  expect(await readdir(dir)).toEqual([]);
});
