import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.js";

const folder = mkdtempSync(join(tmpdir(), "igr-make-folder-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("makes the missing folders, also when several calls do it at once", async () => {
  const deep = join(folder, "a", "b", "c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, "a", "b", "d"))]);
  expect(statSync(deep).isDirectory()).toBe(true);
  await makeFolder(deep);
  // Whoever comes second may find the folder above missing at first, and there afterwards.
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(["a", "b", "c"].map((name) => makeFolder(join(folder, `round-${round}`, "cache", name))));
  }
});

test("a file in the way is an error with its path", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST", path: file });
  await expect(makeFolder(join(file, "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test.skipIf(!existsSync("/proc/self"))("a folder that the file system does not make is an error", async () => {
  await expect(makeFolder("/proc/igr")).rejects.toMatchObject({ code: "ENOENT", path: "/proc/igr" });
  await expect(makeFolder("/proc/igr/x/y")).rejects.toMatchObject({ code: "ENOENT" });
});
