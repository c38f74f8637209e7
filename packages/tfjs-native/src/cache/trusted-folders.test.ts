import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cache } from "./cache.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "igr-trust-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.skipIf(process.platform === "win32")("a cache is for its user alone to write to, whatever the umask", () => {
  const before = process.umask(0o000);
  try {
    const cache = new Cache(join(root, "cache"));
    cache.make();
    expect(cache.addons()).toEqual([]);
  } finally {
    process.umask(before);
  }
});

test.skipIf(process.platform === "win32").each([
  ["everybody", 0o777],
  ["a group", 0o775],
])("a cache that %s may write to is refused, to set up and to load from", (_, mode) => {
  const cache = new Cache(join(root, "cache"));
  cache.make();
  const addon = cache.addon("cpu", "2.21.0", "0123456789abcdef");
  mkdirSync(addon, { mode: 0o755 });
  for (const folder of [join(root, "cache"), cache.folder, addon]) {
    chmodSync(folder, mode);
    for (const use of [() => cache.make(), () => cache.addons()]) {
      expect(use).toThrow(
        expect.objectContaining({
          reason: "cache-untrusted",
          message: expect.stringContaining(`${folder} can be written by other users (mode ${mode.toString(8)})`),
        }),
      );
    }
    chmodSync(folder, 0o755);
  }
  expect(cache.addons()).toEqual([]);
});
