import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { FolderStore } from "./folder-store.js";
import { runId } from "./identity.js";
import { openStore } from "./open-store.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "igr-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const configuration = resolveConfiguration({});
const id = runId(configuration);

test("a claim creates the run, excludes other processes, and releases it", async () => {
  const store = new FolderStore(folder);
  const claim = await store.claim(configuration);
  expect(await store.list()).toEqual([id]);
  await expect(new FolderStore(folder).claim(configuration)).rejects.toThrow(/is in use by process/);
  await expect(store.remove(id)).rejects.toThrow(/is in use/);
  await claim.release();
  await (await store.claim(configuration)).release();
  await store.remove(id);
  expect(await store.list()).toEqual([]);
});

test("only one of many simultaneous claims is granted", async () => {
  const store = new FolderStore(folder);
  const claims = await Promise.allSettled(Array.from({ length: 20 }, () => store.claim(configuration)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

/** Leaves a claim like a process that was killed, or runs on another machine. */
function abandon(change: Record<string, unknown>, secondsAgo = 61): void {
  const file = join(folder, id, ".claim", "holder.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
  const then = Date.now() / 1000 - secondsAgo;
  for (const path of [file, join(folder, id, ".claim")]) utimesSync(path, then, then);
}

test("a lost claim writes nothing more", async () => {
  const store = new FolderStore(folder);
  const lost = await store.claim(configuration);
  await lost.write("measures.json", "old");
  abandon({ host: "elsewhere" });
  const holder = await store.claim(configuration);
  await expect(lost.write("measures.json", "new")).rejects.toThrow(`was taken over by process ${process.pid} on `);
  await expect(lost.check()).rejects.toThrow("writes nothing more there");
  await lost.release();
  await holder.check();
  await holder.release();
  expect(Buffer.from((await store.read(id, "measures.json")) as Uint8Array).toString()).toBe("old");
  expect(readdirSync(join(folder, id)).sort()).toEqual(["checkpoint", "config.json", "measures.json"]);
});

test("a takeover between a holder's check and the end of its write keeps the file unchanged", async () => {
  const store = new FolderStore(folder);
  const lost = await store.claim(configuration, { grant: 1 });
  await lost.write("measures.json", "old");
  // The file is long, so that the takeover happens during the write.
  const late = lost.write("measures.json", "x".repeat(5e7));
  const holder = await store.claim(configuration, { grant: 2 });
  await expect(late).rejects.toThrow("was taken over");
  expect(Buffer.from((await store.read(id, "measures.json")) as Uint8Array).toString()).toBe("old");
  await holder.release();
});

test("the claim of another live machine is not taken over, although its process cannot be checked", async () => {
  const store = new FolderStore(folder);
  await store.claim(configuration);
  abandon({ host: "elsewhere" }, 30);
  await expect(store.claim(configuration)).rejects.toThrow(/is in use by process \d+ on elsewhere, since/);
  abandon({ host: "elsewhere" }, 61);
  await (await store.claim(configuration)).release();
});

test("of two processes to which a queue granted a run, the later one has it, in either order", async () => {
  const store = new FolderStore(folder);
  const later = await store.claim(configuration, { grant: 8 });
  await expect(store.claim(configuration, { grant: 7 })).rejects.toThrow(/was granted to process \d+ on .* since/);
  await later.check();
  const latest = await store.claim(configuration, { grant: 9 });
  await expect(later.check()).rejects.toThrow("was taken over");
  // A claim without a number fails because a living process holds the run.
  await expect(store.claim(configuration)).rejects.toThrow("is in use");
  await latest.release();
});

test("the next holder gets the checkpoints of a killed one, and a surviving twin cannot reach them", async () => {
  const store = new FolderStore(folder);
  const killed = await store.claim(configuration);
  writeFileSync(join(killed.checkpoints, "step"), "1");
  writeFileSync(join(killed.checkpoints, "run.lock"), "");
  expect(await store.checkpoints(id)).toBe(killed.checkpoints);
  abandon({ host: "elsewhere" });
  const holder = await store.claim(configuration);
  expect(readdirSync(holder.checkpoints)).toEqual(["step"]);
  expect(() => writeFileSync(join(killed.checkpoints, "step"), "2")).toThrow("ENOENT");
  await holder.release();
  expect(readFileSync(join(await store.checkpoints(id), "step"), "utf8")).toBe("1");
  expect(readdirSync(join(folder, id)).sort()).toEqual(["checkpoint", "config.json"]);
});

test("checkpoints survive a process that is killed in the middle of a takeover", async () => {
  const store = new FolderStore(folder);
  const killed = await store.claim(configuration);
  writeFileSync(join(killed.checkpoints, "step"), "1");
  renameSync(join(folder, id, ".claim"), join(folder, id, ".revoked-x"));
  const holder = await store.claim(configuration);
  expect(readdirSync(holder.checkpoints)).toEqual(["step"]);
  await holder.release();
  expect(existsSync(join(folder, id, ".revoked-x"))).toBe(false);
});

test("the claim of a dead process, a damaged claim and a claim of an earlier version are taken over", async () => {
  mkdirSync(join(folder, id));
  const store = new FolderStore(folder);
  const lock = join(folder, id, ".claim");
  const then = Date.now() / 1000 - 61;
  for (const left of [JSON.stringify({ token: "x", host: "elsewhere", pid: 1 }), "", '{"tok']) {
    writeFileSync(lock, left);
    utimesSync(lock, then, then);
    await (await store.claim(configuration)).release();
    mkdirSync(lock);
    writeFileSync(join(lock, "holder.json"), left);
    for (const path of [join(lock, "holder.json"), lock]) utimesSync(path, then, then);
    await (await store.claim(configuration)).release();
  }
  writeFileSync(lock, JSON.stringify({ token: "x", host: hostname(), pid: process.pid }));
  await expect(store.claim(configuration)).rejects.toThrow("is in use by process");
});

test.skipIf(process.platform !== "linux")(
  "who holds a claim is decided by machine, container and process start",
  async () => {
    const store = new FolderStore(folder);
    const other = { machine: "another boot pid:[1]" };
    await store.claim(configuration);
    abandon(other, 1);
    await expect(store.claim(configuration)).rejects.toThrow("is in use by process");
    abandon(other);
    await store.claim(configuration);
    // The number of a process that ended belongs to this one now.
    abandon({ processStart: "1" }, 1);
    await (await store.claim(configuration)).release();
  },
);

test("names that lead out of the folder are rejected", async () => {
  const store = new FolderStore(folder);
  await expect(async () => store.read("..", "config.json")).rejects.toThrow("is not a name of a run");
  await expect(async () => store.read(id, "../config.json")).rejects.toThrow("is not a name of a run");
});

test.skipIf(process.platform === "win32")("a link is read within the folder of its run only", async () => {
  const store = new FolderStore(folder);
  await (await store.claim(configuration)).release();
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync(join(folder, "secret"), join(folder, id, "samples.png"));
  await expect(store.read(id, "samples.png")).rejects.toThrow(
    /samples\.png is a link to .*secret, which is not in the folder of the run/,
  );
  symlinkSync("config.json", join(folder, id, "copy.json"));
  expect(await store.read(id, "copy.json")).toEqual(await store.read(id, "config.json"));
  // A whole run may lie elsewhere.
  renameSync(join(folder, id), join(folder, "moved"));
  symlinkSync("moved", join(folder, id));
  expect(await store.read(id, "config.json")).toBeDefined();
});

test("a claimed run is not removed as untrained", async () => {
  const store = new FolderStore(folder);
  const claim = await store.claim(configuration);
  await store.removeUntrained(id);
  await claim.check();
  await claim.release();
  await store.removeUntrained(id);
  expect(readdirSync(folder)).toEqual([]);
});

test("a path that is a file, and an address of another kind, are rejected with a sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  const store = new FolderStore(join(folder, "file"));
  await expect(store.claim(configuration)).rejects.toThrow(/can't be written: .* choose another folder with --runs/);
  expect(() => openStore("ftp://host/runs")).toThrow("there is no store for ftp://");
});
