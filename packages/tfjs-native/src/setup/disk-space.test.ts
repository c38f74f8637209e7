import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDiskSpace, freeSpace } from "./disk-space.js";

test("too little free space is reported before any download, with both figures and a remedy", () => {
  expect(() => checkDiskSpace("/cache", "cpu", 1.24e9)).toThrow(
    "setup: /cache has 1.2 GB free, TensorFlow needs 2 GB while it is unpacked; make room, or name another place by IGR_TFJS_NATIVE_CACHE",
  );
  expect(() => checkDiskSpace("/cache", "gpu", 10e9)).toThrow("needs 11 GB");
  expect(() => checkDiskSpace("/cache", "cpu", 2e9)).not.toThrow();
});

test("the free space of a missing folder is that of its nearest existing parent", () => {
  expect(freeSpace(join(tmpdir(), "not", "there", "yet"))).toBeGreaterThan(0);
});
