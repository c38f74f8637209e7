import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDiskSpace, freeSpace } from "./disk-space.js";

test("too little room is said before anything is downloaded, with both figures and the way out", () => {
  expect(() => checkDiskSpace("/cache", "cpu", 1.24e9)).toThrow(
    "setup: /cache has 1.2 GB free, TensorFlow needs 2 GB while it is unpacked; make room, or name another place by IGR_TFJS_NATIVE_CACHE",
  );
  expect(() => checkDiskSpace("/cache", "gpu", 10e9)).toThrow("needs 11 GB");
  expect(() => checkDiskSpace("/cache", "cpu", 2e9)).not.toThrow();
});

test("the room of a folder that is not there yet is that of the nearest one that is", () => {
  expect(freeSpace(join(tmpdir(), "not", "there", "yet"))).toBeGreaterThan(0);
});
