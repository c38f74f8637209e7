import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { NativeError } from "../native-error.js";
import { explainFileError } from "./file-error.js";

const failed = (code: string) => Object.assign(new Error(`${code}: open '/cache/lock'`), { code, syscall: "open" });

test.each([
  ["EROFS", "not-writable", "setup: /cache can't be written (EROFS: open '/cache/lock')"],
  ["EACCES", "not-writable", "setup: /cache can't be written"],
  ["ENOSPC", "disk-full", "setup: no room is left for /cache (ENOSPC"],
  ["EDQUOT", "disk-full", "setup: no room is left for /cache (EDQUOT"],
])("%s of the file system is a sentence", (code, reason, sentence) => {
  const error = explainFileError(failed(code), "setup", "/cache");
  expect(error).toBeInstanceOf(NativeError);
  expect(error).toMatchObject({ reason, message: expect.stringContaining(sentence) });
  expect(error).toMatchObject({ message: expect.stringContaining("IGR_TFJS_NATIVE_CACHE") });
});

test("Node's own errors are recognized", () => {
  try {
    mkdirSync("/dev/null/cache");
  } catch (error) {
    expect(explainFileError(error, "clean", "/dev/null/cache")).toMatchObject({ reason: "not-writable" });
  }
  expect.assertions(1);
});

test("other errors than the file system's are unchanged", () => {
  for (const error of [new Error("stopped"), new NativeError("network", "x"), undefined, "text"]) {
    expect(explainFileError(error, "setup", "/cache")).toBe(error);
  }
});
