import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.js";
import { withLock } from "./lock.js";

/** How many of 30 tries at once get in, each staying until all have tried. */
async function tries(path: string): Promise<{ readonly inside: number; readonly busy: number }> {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let inside = 0;
  const enter = async () => {
    inside += 1;
    await left;
  };
  let busy = 0;
  const all = Array.from({ length: 30 }, () =>
    withLock(path, enter).catch((error) => {
      expect(error).toMatchObject({ reason: "busy", found: `process ${process.pid}` });
      busy += 1;
    }),
  );
  while (inside + busy < all.length) await new Promise((resolve) => setTimeout(resolve, 5));
  leave();
  await Promise.all(all);
  return { inside, busy };
}

test.skipIf(process.platform !== "linux")("of many at once one gets in, and the lock is gone after", async () => {
  const dir = await temporaryFolder();
  expect(await tries(join(dir, "x.lock"))).toEqual({ inside: 1, busy: 29 });
  expect(await readdir(dir)).toEqual([]);
});

test.skipIf(process.platform !== "linux").each([
  ["a process that is gone", "999999999 77 a"],
  ["a number that was given anew", `${process.ppid} 1 a`],
  ["an earlier process of this number", `${process.pid} 1 a`],
  ["an earlier version of this package", "999999999"],
  ["a crash of the machine", ""],
])("of many at once one takes over the lock of %s", async (_, content) => {
  const dir = await temporaryFolder();
  const path = join(dir, "x.lock");
  await writeFile(path, content);
  expect(await tries(path)).toEqual({ inside: 1, busy: 29 });
  expect(await readdir(dir)).toEqual([]);
});

test("what another program has taken over is left to it", async () => {
  const dir = await temporaryFolder();
  const path = join(dir, "x.lock");
  await withLock(path, () => writeFile(path, "another's"));
  expect(await readFile(path, "utf8")).toBe("another's");
});
