import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import * as files from "./index.js";

test.each(Object.entries(files))("%s unpacks to the published bytes", (_, { url, sha256, byteLength }) => {
  const bytes = gunzipSync(readFileSync(url));
  expect(bytes.length).toBe(byteLength);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
});
