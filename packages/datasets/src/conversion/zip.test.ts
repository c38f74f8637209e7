import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.js";
import { type TestEntry, zipBytes } from "../../test/zip-bytes.js";
import { DatasetError } from "../dataset-error.js";
import { listZip } from "./zip-list.js";
import { readZipEntry } from "./zip-read.js";

const text = (value: string) => new TextEncoder().encode(value);
const good: TestEntry[] = [
  { name: "a/one.txt", bytes: text("one, ".repeat(100)) },
  { name: "a/two.txt", bytes: text("two"), stored: true },
  { name: "empty.txt", bytes: new Uint8Array() },
];

async function archive(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "archive.zip");
  await writeFile(path, bytes);
  return path;
}

/** Everything of an archive, listed and unpacked. */
async function unpack(bytes: Uint8Array, maxEntryBytes = 1e6): Promise<Record<string, string>> {
  const path = await archive(bytes);
  const { entries } = await listZip(path, { maxEntryBytes, wanted: () => true });
  const descriptor = openSync(path, "r");
  try {
    return Object.fromEntries(
      entries.map((entry) => [entry.name, new TextDecoder().decode(readZipEntry(descriptor, path, entry))]),
    );
  } finally {
    closeSync(descriptor);
  }
}

const expected = { "a/one.txt": "one, ".repeat(100), "a/two.txt": "two", "empty.txt": "" };

test("stored, deflated and empty entries come out as they were", async () => {
  expect(await unpack(zipBytes(good))).toEqual(expected);
});

test("zip64 records are followed", async () => {
  const entries = good.map((entry) => ({ ...entry, zip64: true }));
  expect(await unpack(zipBytes(entries, { zip64: true }))).toEqual(expected);
});

test("more than 65,535 entries are all found", { timeout: 180_000 }, async () => {
  const entries = Array.from({ length: 66_000 }, (_, i) => ({ name: `${i}.txt`, bytes: text(`${i}`), stored: true }));
  const path = await archive(zipBytes(entries, { zip64: true }));
  const { entries: listed } = await listZip(path, { maxEntryBytes: 10, wanted: () => true });
  expect(listed.length).toBe(66_000);
  const descriptor = openSync(path, "r");
  expect(readZipEntry(descriptor, path, listed[65_999] as (typeof listed)[0])).toEqual(Buffer.from("65999"));
  closeSync(descriptor);
});

const megabytes = new Uint8Array(5e6);
const [first, second] = good as [TestEntry, TestEntry];

describe("rejected with a reason and a name:", () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    ["no archive", text("<html>".repeat(20)), "bad-zip", /complete zip archive/],
    ["nothing", new Uint8Array(), "bad-zip", /complete zip archive/],
    ["a name that climbs out", zipBytes([{ ...first, name: "a/../../x" }]), "unsafe-name", /a\/\.\.\/\.\.\/x/],
    ["an absolute name", zipBytes([{ ...first, name: "/etc/x" }]), "unsafe-name", /\/etc\/x/],
    ["a drive's name", zipBytes([{ ...first, name: "C:/x" }]), "unsafe-name", /C:\/x/],
    ["a name that climbs out with backslashes", zipBytes([{ ...first, name: "..\\x" }]), "unsafe-name", /\.\.\/x/],
    ["two entries of one name", zipBytes([first, first]), "duplicate-name", /two entries a\/one\.txt/],
    ["a wrong CRC", zipBytes([{ ...first, crc32: 1 }]), "wrong-crc", /a\/one\.txt: expected CRC-32 00000001/],
    ["a wrong CRC of a stored entry", zipBytes([{ ...second, crc32: 1 }]), "wrong-crc", /a\/two\.txt/],
    ["a bomb by its claim", zipBytes([{ ...first, bytes: megabytes }]), "too-large", /at most 1000000 .*5000000/],
    ["a bomb that lies", zipBytes([{ ...first, bytes: megabytes, size: 9 }]), "too-large", /9 unpacked bytes.*more/],
    ["fewer bytes than claimed", zipBytes([{ ...first, size: 999 }]), "bad-zip", /999 unpacked bytes, found 500/],
    [
      "two entries that share all bytes",
      zipBytes([second, { ...second, name: "copy", sameAs: 0 }]),
      "too-large",
      /share no bytes, found a\/two\.txt and copy/,
    ],
    [
      "an entry within another",
      zipBytes([{ ...second, bytes: zipBytes([first]) }, nested(second, first)]),
      "too-large",
      /share no bytes/,
    ],
    ["an encrypted entry", zipBytes([{ ...first, flags: 1 }]), "bad-zip", /encrypted/],
  ])("%s", async (_, bytes, reason, message) => {
    const refused = await unpack(bytes).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatasetError);
    expect(refused).toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test("an archive cut anywhere", async () => {
    const whole = zipBytes(good);
    for (let length = 0; length < whole.length; length += 7) {
      await expect(unpack(whole.subarray(0, length)), `cut at ${length}`).rejects.toThrow(DatasetError);
    }
  });
});

/** An entry whose header is inside the stored bytes of the archive's first entry. */
function nested(outer: TestEntry, inner: TestEntry): TestEntry {
  return { ...inner, offset: 30 + outer.name.length };
}

test("whatever byte is changed: the same contents, or a DatasetError", async () => {
  const whole = zipBytes(good);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = whole.map((byte, i) => (i === at ? byte ^ change : byte));
      const contents = await unpack(bytes).catch((error: unknown) => error);
      // Names have no checksum.
      if (!(contents instanceof DatasetError)) {
        expect(contents).not.toBeInstanceOf(Error);
        for (const value of Object.values(contents as object)) expect(Object.values(expected)).toContain(value);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("a name that differs from the local header's is rejected: one changed bit would give a picture another label", async () => {
  const bytes = zipBytes(good);
  const at = Buffer.from(bytes).lastIndexOf("a/one.txt");
  bytes[at] = "b".charCodeAt(0);
  await expect(unpack(bytes)).rejects.toMatchObject({
    reason: "bad-zip",
    message: expect.stringContaining('the same name in the local header as in the directory, found "a/one.txt"'),
  });
});

test("entries that share bytes are rejected even if one of them isn't wanted", async () => {
  const path = await archive(zipBytes([second, { ...second, name: "copy", sameAs: 0 }]));
  const wanted = (name: string) => name === "copy";
  await expect(listZip(path, { maxEntryBytes: 10, wanted })).rejects.toMatchObject({ reason: "too-large" });
});
