import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { hasRedis, RedisServer, redisIsAbsent } from "./redis.js";

const program = fileURLToPath(new URL("../../bin/igr.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-killed-"));
const processes: ChildProcess[] = [];
let redis: RedisServer | undefined;

afterEach(async () => {
  for (const each of processes) killGroup(each);
  await redis?.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** `igr` in a process group of its own, whose children a signal to the group reaches too. */
function start(...args: string[]): ChildProcess & { readonly output: Promise<string> } {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  processes.push(child);
  let text = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  const output = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`igr ${args[0]} ended with the code ${code}: ${errors}`);
    return text;
  });
  output.catch(() => {});
  return Object.assign(child, { output });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), "SIGKILL");
  } catch {
    // It has ended.
  }
}

const small = {
  name: "small",
  fixed: {
    model: { kind: "structured-prediction", units: [32, 32], testSamples: 2 },
    data: { trainImages: 640, testImages: 32, validation: 64 },
    training: { batchSize: 32 },
    epochs: 12,
  },
  variants: { IGR: { latent: { kind: "binary-igr" } } },
  seeds: 2,
  measures: ["nll"],
};

interface Run {
  readonly id: string;
  /** Lines of metrics.jsonl. */
  readonly epochs: readonly Record<string, unknown>[];
}

function runsIn(name: string): Run[] {
  const runs = join(folder, name);
  const ids = existsSync(runs) ? readdirSync(runs).filter((id) => /^[0-9a-f]{16}$/.test(id)) : [];
  return ids.sort().map((id) => {
    const file = join(runs, id, "metrics.jsonl");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return { id, epochs: lines.map((line) => JSON.parse(line)) };
  });
}

/** The process that trains a run; undefined if nobody does. */
function trainerOf(name: string, id: string): number | undefined {
  const holder = join(folder, name, id, ".claim", "holder.json");
  return existsSync(holder) ? JSON.parse(readFileSync(holder, "utf8")).pid : undefined;
}

const parentOf = (pid: number) => Number(spawnSync("ps", ["-o", "ppid=", "-p", `${pid}`], { encoding: "utf8" }).stdout);

/** What two trainings of one run share: everything but times. */
const withoutTimes = (runs: readonly Run[]) =>
  runs.map(({ id, epochs }) => ({
    id,
    epochs: epochs.map((log) => ({ ...log, seconds: undefined, imagesPerSecond: undefined })),
  }));

test("a study whose worker is killed in mid-training ends as one on this machine: another goes on from the checkpoint", {
  timeout: 240_000,
}, async (context) => {
  if (!hasRedis) return context.skip(redisIsAbsent);
  redis = await RedisServer.start();
  writeFileSync(join(folder, "small.json"), JSON.stringify(small));
  const queue = ["--queue", redis.address, "--runs", "queued", "--quiet"];
  const workers = [1, 2].map(() => start("worker", ...queue, "--processes", "1", "--threads", "1", "--lock", "1"));
  const study = start("study", "small.json", ...queue, "--json");

  let killed: Run | undefined;
  while (killed === undefined) {
    expect(study.exitCode).toBe(null);
    for (const run of runsIn("queued")) {
      const trainer = run.epochs.length >= 2 ? trainerOf("queued", run.id) : undefined;
      const worker = workers.find(({ pid }) => trainer !== undefined && pid === parentOf(trainer));
      if (worker === undefined) continue;
      killGroup(worker);
      await once(worker, "close");
      killed = runsIn("queued").find(({ id }) => id === run.id);
      break;
    }
    await sleep(20);
  }
  expect(killed.epochs.length).toBeLessThan(small.fixed.epochs);

  const queued = JSON.parse(await study.output);
  const here = JSON.parse(
    await start("study", "small.json", "--runs", "here", "--quiet", "--threads", "1", "--json").output,
  );
  expect(queued).toEqual(here);
  expect(runsIn("here").map(({ epochs }) => epochs.length)).toEqual([12, 12]);
  expect(withoutTimes(runsIn("queued"))).toEqual(withoutTimes(runsIn("here")));
  // The epochs before the kill were not trained again: even their times are the same.
  const whole = runsIn("queued").find(({ id }) => id === killed.id);
  expect(whole?.epochs.slice(0, killed.epochs.length)).toEqual(killed.epochs);
});
