import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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

test("a claim makes the run, keeps others out, and gives it back", async () => {
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

test("of many claims at once one is granted", async () => {
  const store = new FolderStore(folder);
  const claims = await Promise.allSettled(Array.from({ length: 20 }, () => store.claim(configuration)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a claim that was lost writes nothing more", async () => {
  const store = new FolderStore(folder);
  const lost = await store.claim(configuration);
  await lost.write("measures.json", "old");
  // What a machine that takes over leaves.
  writeFileSync(join(folder, id, ".claim"), JSON.stringify({ token: "other", host: "elsewhere", pid: 1 }));
  await expect(lost.write("measures.json", "new")).rejects.toThrow("was taken over by process 1 on elsewhere");
  await expect(lost.check()).rejects.toThrow("writes nothing more there");
  await lost.release();
  expect(Buffer.from((await store.read(id, "measures.json")) as Uint8Array).toString()).toBe("old");
  expect(readdirSync(join(folder, id)).sort()).toEqual([".claim", "config.json", "measures.json"]);
});

test("the claim of a dead process, of a silent machine, or a torn one, is taken over; that of a machine that lives is not", async () => {
  mkdirSync(join(folder, id));
  const store = new FolderStore(folder);
  const file = join(folder, id, ".claim");
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const leave = (left: string, secondsAgo: number) => {
    const then = Date.now() / 1000 - secondsAgo;
    writeFileSync(file, left);
    utimesSync(file, then, then);
  };
  const elsewhere = JSON.stringify({ token: "x", host: "elsewhere", pid: 1 });
  for (const left of [JSON.stringify({ token: "x", host: hostname(), pid: 2 ** 30 }), elsewhere, "", '{"tok']) {
    leave(left, 61);
    await (await store.claim(configuration)).release();
  }
  expect(told.mock.calls).toEqual([[expect.stringMatching(/^igr: took over the lock .* of process 1 on elsewhere/)]]);

  let beat = 30;
  leave(elsewhere, beat);
  const living = setInterval(() => {
    const then = Date.now() / 1000 - --beat;
    utimesSync(file, then, then);
  }, 50);
  try {
    await expect(store.claim(configuration)).rejects.toThrow(
      /is in use by process 1 on elsewhere, since .*; wait until it ends/,
    );
  } finally {
    clearInterval(living);
    told.mockRestore();
  }
});

test("names that lead out of the folder are none", async () => {
  const store = new FolderStore(folder);
  await expect(async () => store.read("..", "config.json")).rejects.toThrow("is no name of a run");
  await expect(async () => store.read(id, "../config.json")).rejects.toThrow("is no name of a run");
});

test("a path that is a file, and an address of another kind, are refused by a sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  const store = new FolderStore(join(folder, "file"));
  await expect(store.claim(configuration)).rejects.toThrow(/can't be written: .* choose another folder with --runs/);
  expect(() => openStore("ftp://host/runs")).toThrow("there is no store for ftp://");
});
