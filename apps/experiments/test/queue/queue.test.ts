import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/resolve.js";
import { type PlannedRun, plannedRun, type RunEnd, trainAll } from "../../src/executor/executor.js";
import { QueueExecutor } from "../../src/executor/queue/queue-executor.js";
import { FolderStore } from "../../src/run/folder-store.js";
import { hasRedis, RedisServer, redisIsAbsent } from "./redis.js";

const program = fileURLToPath(new URL("./synthetic-worker.mjs", import.meta.url));
let folder = "";
let redis: RedisServer;
let workers: ChildProcess[] = [];
const events = () => join(folder, "events");
const runsFolder = () => join(folder, "runs");

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "igr-queue-"));
  if (hasRedis) redis = await RedisServer.start();
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  workers = [];
  if (hasRedis) await redis.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

function startWorker(...more: string[]): ChildProcess {
  const worker = spawn(process.execPath, [program, redis.address, runsFolder(), events(), ...more], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  workers.push(worker);
  return worker;
}

function lines(kind: string): string[][] {
  const text = existsSync(events()) ? readFileSync(events(), "utf8") : "";
  return text
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([word]) => word === kind);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(20);
}

const runsOf = (count: number) =>
  Array.from({ length: count }, (_, k) => plannedRun({ ...resolveConfiguration({}), epochs: 1, seed: k + 1 }));

test("1,000 runs over 8 workers, of which some are killed and one stalls while Redis is restarted empty, are trained exactly once", {
  timeout: 240_000,
}, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  const runs = runsOf(1000);
  const ended = new Map<PlannedRun, RunEnd>();
  const notices: string[] = [];
  const stallFile = join(folder, "stall");
  const stalled = startWorker(stallFile);
  for (let k = 1; k < 8; k += 1) startWorker();
  await until(() => lines("ready").length === 8);
  const executor = new QueueExecutor({
    queue: redis.address,
    store: new FolderStore(runsFolder()),
    sweepInterval: 1000,
  });
  const whole = trainAll(executor, runs, {
    observer: {
      onEnd: (run, end) => ended.set(run, end),
      onNotice: (sentence) => notices.push(sentence),
    },
  });
  await until(() => ended.size >= 100);
  writeFileSync(stallFile, "");
  await until(() => lines("stalled").length === 1);
  const stalledRun = lines("stalled")[0]?.[1];
  for (const share of [200, 300]) {
    await until(() => ended.size >= share);
    workers[share / 100]?.kill("SIGKILL");
    startWorker();
  }
  await until(() => ended.size >= 400);
  await redis.kill();
  await sleep(300);
  await redis.start();
  await until(() => ended.size >= 600);
  workers[4]?.kill("SIGKILL");
  startWorker();
  // Its lock expired, and another worker has finished its run.
  await until(() => lines("measured").some(([, id]) => id === stalledRun));
  stalled.kill("SIGCONT");
  const ends = await whole;
  await until(() => lines("refused").length > 0);

  const measured = new Map<string, number>();
  for (const [, id = ""] of lines("measured")) measured.set(id, (measured.get(id) ?? 0) + 1);
  const grantOf = (id: string, file: string) =>
    Number(/"grant":(\d+)/.exec(readFileSync(join(runsFolder(), id, file), "utf8"))?.[1]);
  const counts = {
    finished: ends.filter(({ status }) => status === "trained" || status === "kept").length,
    lost: runs.filter(({ id }) => !existsSync(join(runsFolder(), id, "measures.json"))).length,
    twice: [...measured.values()].filter((count) => count > 1).length,
    "written by a stalled twin": runs.filter(({ id }) => grantOf(id, "metrics.jsonl") !== grantOf(id, "measures.json"))
      .length,
  };
  console.log(`1,000 runs over 8 workers: ${JSON.stringify({ ...counts, "writes refused": lines("refused").length })}`);
  expect(ends.filter(({ status }) => status === "failed")).toEqual([]);
  expect(counts).toEqual({ finished: 1000, lost: 0, twice: 0, "written by a stalled twin": 0 });
  expect(notices).toContain("the queue answers again");
});

test("a run that is in a study twice, or already ended, is trained once; a longer run follows the shorter one", {
  timeout: 120_000,
}, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  const store = new FolderStore(runsFolder());
  const executor = new QueueExecutor({ queue: redis.address, store, sweepInterval: 500 });
  startWorker();
  const [run] = runsOf(1) as [PlannedRun];
  const longer = plannedRun({ ...run.configuration, epochs: 2 });
  expect(await trainAll(executor, [run, run, longer])).toMatchObject([
    { status: "trained" },
    { status: "kept" },
    { status: "trained" },
  ]);
  rmSync(join(runsFolder(), run.id), { recursive: true });
  expect(await trainAll(executor, [run])).toMatchObject([{ status: "trained" }]);
  expect(lines("measured")).toHaveLength(3);
});

test("reports a store that differs from the workers', and accepts a hash of only digits", {
  timeout: 120_000,
}, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  startWorker();
  const executor = new QueueExecutor({ queue: redis.address, store: new FolderStore(join(folder, "elsewhere")) });
  const [run] = runsOf(1) as [PlannedRun];
  const digits = { ...run, id: "1234567890123456" };
  const ends = await trainAll(executor, [run, digits]);
  expect(ends[0]).toMatchObject({
    status: "failed",
    isInput: true,
    message: expect.stringContaining("the same --runs"),
  });
  expect(ends[1]).toMatchObject({ message: expect.stringContaining("another version of igr submitted this run") });
});

test("a damaged run in the store ends the study with a sentence, and leaves no unhandled rejection", {
  timeout: 60_000,
}, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  const runs = runsOf(4);
  const [, damaged, , late] = runs as [PlannedRun, PlannedRun, PlannedRun, PlannedRun];
  for (const { id } of [damaged, late]) {
    mkdirSync(join(runsFolder(), id), { recursive: true });
    writeFileSync(join(runsFolder(), id, "config.json"), "{");
  }
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", listener);
  try {
    startWorker();
    const executor = new QueueExecutor({ queue: redis.address, store: new FolderStore(runsFolder()) });
    await expect(trainAll(executor, runs)).rejects.toThrow(/config\.json/);
    await sleep(500);
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", listener);
  }
});

test("a stopped study removes the runs that have not started", { timeout: 60_000 }, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  const abort = new AbortController();
  const executor = new QueueExecutor({
    queue: redis.address,
    store: new FolderStore(runsFolder()),
    sweepInterval: 200,
  });
  const said = once(abort.signal, "abort");
  const whole = trainAll(executor, runsOf(20), {
    signal: abort.signal,
    observer: { onNotice: (sentence) => sentence.startsWith("there is no worker") && abort.abort() },
  });
  await said;
  expect(new Set((await whole).map(({ status }) => status))).toEqual(new Set(["stopped"]));
  startWorker();
  await until(() => lines("ready").length === 1);
  await sleep(1000);
  expect(existsSync(runsFolder())).toBe(false);
});

test.each([
  ["redis://127.0.0.1:1", "can't be reached (ECONNREFUSED): start redis-server there, or give another --queue"],
  ["http://127.0.0.1:6379", '--queue must be the address of a Redis, such as redis://localhost:6379, got "http://'],
  ["localhost", "--queue must be the address of a Redis"],
])("the queue %s is rejected with a sentence", async (queue, sentence) => {
  const executor = new QueueExecutor({ queue, store: new FolderStore(runsFolder()) });
  await expect(trainAll(executor, runsOf(1))).rejects.toThrow(sentence);
});
