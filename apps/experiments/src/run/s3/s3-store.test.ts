import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort, untilListening } from "../../../test/queue/redis.js";
import { resolveConfiguration } from "../../configuration/resolve.js";
import { runId } from "../identity.js";
import { openStore } from "../open-store.js";
import type { RunStore } from "../store.js";

/** Python with moto, from `IGR_PYTHON`: a server that implements S3's protocol, including conditional writes. */
const python = process.env.IGR_PYTHON ?? "python3";
const hasServer = spawnSync(python, ["-c", "import moto.server"]).status === 0;
const isAbsent = "moto is missing: pip install 'moto[server]==5.2.5', and name that Python in IGR_PYTHON";

const configuration = resolveConfiguration({});
const id = runId(configuration);
let server: ChildProcess | undefined;
let store: RunStore;
let prefix = 0;

beforeAll(async () => {
  if (!hasServer) return;
  const port = await freePort();
  server = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", `${port}`], { stdio: "ignore" });
  await untilListening(port);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
  });
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: "runs" }));
}, 60_000);
afterAll(async () => {
  if (server === undefined) return;
  server.kill("SIGKILL");
  await once(server, "exit");
});
beforeEach((context) => {
  if (!hasServer) return context.skip(isAbsent);
  prefix += 1;
  store = openStore(`s3://runs/study-${prefix}`);
});

const text = async (file: string) => Buffer.from((await store.read(id, file)) ?? []).toString();

test("a claim creates the run, excludes other processes, and releases it with its checkpoints", async () => {
  const claim = await store.claim(configuration);
  expect(await store.list()).toEqual([id]);
  expect(JSON.parse(await text("config.json"))).toMatchObject({ seed: 1 });
  await expect(openStore(store.location).claim(configuration)).rejects.toThrow("is in use by process");
  await claim.write("measures.json", "[1]");
  await claim.write("measures.json", "[2]");
  mkdirSync(join(claim.checkpoints, "step-1"));
  writeFileSync(join(claim.checkpoints, "step-1", "weights"), "w");
  writeFileSync(join(claim.checkpoints, "run.lock"), "");
  await claim.checkpointed();
  await claim.release();
  expect(existsSync(claim.checkpoints)).toBe(false);
  expect(await text("measures.json")).toBe("[2]");
  expect((await store.files(id)).sort()).toEqual(["config.json", "measures.json"]);

  const next = await store.claim(configuration);
  expect(readdirSync(next.checkpoints)).toEqual(["step-1"]);
  expect(readFileSync(join(next.checkpoints, "step-1", "weights"), "utf8")).toBe("w");
  await next.release();
  await store.remove(id);
  expect(await store.list()).toEqual([]);
});

test("only one of many simultaneous claims is granted", async () => {
  const claims = await Promise.allSettled(Array.from({ length: 8 }, () => store.claim(configuration)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a lost claim changes nothing more: the store itself rejects the write", async () => {
  const lost = await store.claim(configuration, { grant: 1 });
  await lost.write("measures.json", "old");
  const holder = await store.claim(configuration, { grant: 2 });
  // The store rejects it: this claim has not been checked since it was granted.
  await expect(lost.write("measures.json", "new")).rejects.toThrow("was taken over by process");
  await expect(lost.check()).rejects.toThrow("writes nothing more there");
  mkdirSync(join(lost.checkpoints, "step-1"));
  writeFileSync(join(lost.checkpoints, "step-1", "weights"), "w");
  await expect(lost.checkpointed()).rejects.toThrow("was taken over");
  await lost.release();
  await holder.check();
  expect(await text("measures.json")).toBe("old");
  await expect(store.claim(configuration, { grant: 1 })).rejects.toThrow("was granted to process");
  await holder.release();
});

test("only a run without a claim, metrics and checkpoints is removed as untrained", async () => {
  const claim = await store.claim(configuration);
  await store.removeUntrained(id);
  await claim.check();
  await claim.release();
  await store.removeUntrained(id);
  expect(await store.list()).toEqual([]);
  const trained = await store.claim(configuration);
  await trained.write("metrics.jsonl", "{}");
  await trained.release();
  await store.removeUntrained(id);
  expect(await store.list()).toEqual([id]);
});

test("a missing bucket gives a sentence", async () => {
  await expect(openStore("s3://nowhere/x").list()).rejects.toThrow(
    "s3://nowhere/x can't be used (NoSuchBucket): there is no such bucket",
  );
  await expect(openStore("s3://").list()).rejects.toThrow("--runs must be a folder or s3://bucket/prefix");
});
