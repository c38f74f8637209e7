import fs, { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FileLock, type LockOptions, withLock } from "./file-lock.js";
import { startOf, thisMachine } from "./holder.js";
import { LockError } from "./lock-error.js";
import { lockState } from "./lock-state.js";

const isLinux = process.platform === "linux";

let folder: string;
let path: string;
let warnings: string[];
let options: LockOptions;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "igr-files-"));
  path = join(folder, "x.lock");
  warnings = [];
  options = { owner: "test", warn: (sentence) => warnings.push(sentence), pollMilliseconds: 5 };
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const since = "2026-01-01T00:00:00.000Z";
const leave = (holder: object) =>
  writeFile(path, JSON.stringify({ token: "other", host: hostname(), since, ...holder }));
/** As if it had been written so long ago. */
const age = (milliseconds: number) => {
  const then = (Date.now() - milliseconds) / 1000;
  return utimes(path, then, then);
};
const elsewhere = { host: "elsewhere", pid: 7 };

/** How many of 20 tries at once get in, each staying until all have tried. */
async function tries(): Promise<{ readonly inside: number; readonly busy: number }> {
  let leaveNow = () => {};
  const left = new Promise<void>((resolve) => {
    leaveNow = resolve;
  });
  let [inside, busy] = [0, 0];
  const enter = () => {
    inside += 1;
    return left;
  };
  const all = Array.from({ length: 20 }, () =>
    withLock(path, enter, options).catch((error: unknown) => {
      expect(error).toMatchObject({ name: "LockError", reason: "busy", path, holder: { pid: process.pid } });
      busy += 1;
    }),
  );
  await vi.waitUntil(() => inside + busy === all.length, { timeout: 20_000, interval: 5 });
  leaveNow();
  await Promise.all(all);
  return { inside, busy };
}

describe.each(["with hard links", "without hard links"])("%s", (kind) => {
  beforeEach(() => {
    if (kind === "with hard links") return;
    vi.spyOn(fs, "link").mockRejectedValue(Object.assign(new Error("EPERM: no links here"), { code: "EPERM" }));
  });

  test("only one of many at once gets it, and nothing is left", async () => {
    expect(await tries()).toEqual({ inside: 1, busy: 19 });
    expect(await readdir(folder)).toEqual([]);
  });

  test.skipIf(!isLinux).each<[string, () => Promise<unknown>]>([
    ["a process that is gone", () => leave({ pid: 2 ** 22 + 1, processStart: "77" })],
    ["a process number that was given again", () => leave({ pid: process.ppid, processStart: "1" })],
    ["an earlier process of this number", () => leave({ pid: process.pid, processStart: "1" })],
    [
      "an earlier call of this process",
      async () => leave({ pid: process.pid, processStart: await startOf(process.pid) }),
    ],
    ["a crash of the machine", () => writeFile(path, "").then(() => age(3_000))],
    ["half a write", () => writeFile(path, '{"tok').then(() => age(3_000))],
  ])("of many at once one takes over the lock of %s, without a word", async (_, make) => {
    await make();
    expect(await tries()).toEqual({ inside: 1, busy: 19 });
    expect(await readdir(folder)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("only one of many at once takes over the lock of a silent machine, and names its holder", async () => {
    await leave(elsewhere);
    await age(61_000);
    expect(await tries()).toEqual({ inside: 1, busy: 19 });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^test: took over the lock .*x\.lock of process 7 on elsewhere, since 2026.*Z, which gave no sign of life for 61 s/,
      ),
    ]);
  });

  test("an interrupted takeover does not keep others out", async () => {
    await leave({ pid: 2 ** 22 + 1 });
    await writeFile(`${path}.takeover`, "");
    await utimes(`${path}.takeover`, 1, 1);
    await withLock(path, async () => {}, options);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a process that can't be asked for", () => {
  test("keeps its lock while it gives signs of life, however wrong the clocks", async () => {
    await leave(elsewhere);
    // Alive, and its machine's clock (had it set the time) an hour ahead.
    let ahead = 3_600_000;
    await age(-ahead);
    const beats = setInterval(() => {
      ahead += 5_000;
      age(-ahead);
    }, 50);
    try {
      await expect(FileLock.take(path, options)).rejects.toMatchObject({ reason: "busy", holder: elsewhere });
    } finally {
      clearInterval(beats);
    }
    expect(warnings).toEqual([expect.stringContaining("whose process can't be looked up from here: waiting up to")]);
  });

  test("keeps its lock as long as it could still give one, then loses it with a notice", async () => {
    await leave(elsewhere);
    const waits: unknown[] = [];
    const onWait = (holder: unknown) => waits.push(holder);
    const lock = await FileLock.take(path, { ...options, silence: 150, onWait });
    expect(waits).toEqual([expect.objectContaining(elsewhere)]);
    expect(warnings).toEqual([expect.stringContaining("took over the lock")]);
    await lock.release();
  });

  test.skipIf(!isLinux).each([
    ["another machine of this name, or this one before it was restarted", { machine: "another boot" }],
    ["another container", { machine: "another namespace" }],
    ["another thread", { thread: 99 }],
  ])("may be of %s: its number says nothing", async (_, holder) => {
    const machine = await thisMachine();
    await leave({ pid: process.pid, processStart: await startOf(process.pid), machine, ...holder });
    expect((await lockState(path))?.state).toBe("unknown");
    await age(61_000);
    expect((await lockState(path))?.state).toBe("silent");
  });

  test("that comes back after it lost the lock writes nothing more, and leaves the other's lock", async () => {
    const lock = await FileLock.take(path, options);
    await rm(path);
    await leave(elsewhere);
    await expect(lock.check()).rejects.toMatchObject({ name: "LockError", reason: "lost", holder: elsewhere });
    await expect(lock.check()).rejects.toThrow(
      /taken over by process 7 on elsewhere, .*; this process writes nothing more/,
    );
    await lock.release();
    expect(JSON.parse(await readFile(path, "utf8")).token).toBe("other");
  });
});

test("a holder gives signs of life until it releases, and its lock reads the same at any moment", async () => {
  const lock = await FileLock.take(path, { ...options, silence: 240 });
  const [text, { mtimeMs }] = [await readFile(path, "utf8"), await stat(path)];
  await vi.waitUntil(async () => {
    expect(await readFile(path, "utf8")).toBe(text);
    return (await stat(path)).mtimeMs > mtimeMs;
  });
  expect(await lockState(path)).toMatchObject({ state: "held", holder: { pid: process.pid, host: hostname() } });
  await lock.release();
  expect(await lockState(path)).toBeUndefined();
});

test.skipIf(!isLinux)("a lock of another thread of this process is not taken for an old one", async () => {
  const lock = await FileLock.take(path, options);
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     import(workerData.module).then(({ lockState }) => lockState(workerData.path)).then(({ state }) => parentPort.postMessage(state));`,
    { eval: true, workerData: { path, module: new URL("../../dist/index.js", import.meta.url).href } },
  );
  expect(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject))).toBe("unknown");
  await worker.terminate();
  await lock.release();
});

describe("a busy lock", () => {
  test("names the holder and says what to do", async () => {
    const lock = await FileLock.take(path, options);
    const error = await FileLock.take(path, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LockError);
    expect((error as LockError).message).toMatch(
      /^test: .*x\.lock is held by process \d+ on .*, since .*Z; wait until it ends, or delete that file if the process is something else$/,
    );
    await lock.release();
  });

  test("makes patient ones wait, one after the other", async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(
        path,
        async () => {
          order.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 20));
          order.push(`${name} ends`);
        },
        { ...options, patience: 20_000 },
      );
    await Promise.all([work("a"), work("b"), work("c")]);
    for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i]?.replace("begins", "ends"));
    expect(warnings).toEqual([]);
  });

  test("makes others wait until their patience or signal ends", async () => {
    const lock = await FileLock.take(path, options);
    await expect(FileLock.take(path, { ...options, patience: 20 })).rejects.toMatchObject({ reason: "busy" });
    const controller = new AbortController();
    const waiting = FileLock.take(path, {
      ...options,
      patience: 20_000,
      signal: controller.signal,
      onWait: () => controller.abort(new Error("enough")),
    });
    await expect(waiting).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual(["x.lock"]);
    await lock.release();
  });
});

describe("finished work is not lost", () => {
  test("if the lock can't be deleted: a warning says so, and the next one gets in", async () => {
    const failing = vi.spyOn(fs, "rm").mockImplementation(async (file, rest) => {
      if (file === path) throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
      return rm(file, rest);
    });
    await expect(withLock(path, async () => "result", options)).resolves.toBe("result");
    expect(warnings).toEqual([expect.stringMatching(/^test: the lock .*x\.lock could not be deleted \(EROFS/)]);
    failing.mockRestore();
    await expect(withLock(path, async () => "next", options)).resolves.toBe("next");
  });

  test("if the folder was deleted, which check distinguishes from a lost lock", async () => {
    const work = async (lock: FileLock) => {
      await rm(folder, { recursive: true });
      await expect(lock.check()).rejects.toMatchObject({ reason: "gone" });
      return "result";
    };
    await expect(withLock(path, work, options)).resolves.toBe("result");
    expect(warnings).toEqual([]);
  });

  test("and work that throws leaves no lock", async () => {
    await expect(withLock(path, () => Promise.reject(new Error("no")), options)).rejects.toThrow("no");
    expect(await readdir(folder)).toEqual([]);
  });
});

test("the error of a missing folder has the file system's words", async () => {
  await expect(FileLock.take(join(folder, "none", "x.lock"), options)).rejects.toMatchObject({ code: "ENOENT" });
});
