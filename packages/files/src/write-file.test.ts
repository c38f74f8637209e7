import fs, { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { removeAbandonedFiles, writeFileAtomically } from "./write-file.js";
import { removeAbandonedFolders, writeFolderAtomically } from "./write-folder.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "igr-write-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const failure = (code: string, text = "") => Object.assign(new Error(`${code}: ${text}`), { code, syscall: "write" });

/** Opened files behave as given. */
function withHandles(change: (handle: fs.FileHandle, path: string) => void): void {
  const open = fs.open;
  vi.spyOn(fs, "open").mockImplementation(async (path, ...rest) => {
    const handle = await open(path, ...rest);
    change(handle, String(path));
    return handle;
  });
}

test("a reader sees the old content or the new one, never a part", async () => {
  const file = join(folder, "big");
  const contents = ["a", "b"].map((letter) => letter.repeat(2 ** 20));
  await writeFileAtomically(file, contents[0] as string);
  let isDone = false;
  const writing = (async () => {
    for (let i = 1; i < 20; i++) await writeFileAtomically(file, contents[i % 2] as string);
  })().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const text = await readFile(file, "utf8");
    expect(contents.includes(text)).toBe(true);
  }
  await writing;
  expect(await readdir(folder)).toEqual(["big"]);
});

test("content, file and folder are flushed, in that order around the rename", async () => {
  const order: string[] = [];
  withHandles((handle, path) => {
    const sync = handle.sync.bind(handle);
    vi.spyOn(handle, "sync").mockImplementation(() => {
      order.push(`flush ${path === folder ? "folder" : "file"}`);
      return sync();
    });
  });
  const rename = fs.rename;
  vi.spyOn(fs, "rename").mockImplementation((from, to) => {
    order.push("rename");
    return rename(from, to);
  });
  await writeFileAtomically(join(folder, "x"), new Uint8Array([1, 2]));
  expect(order).toEqual(["flush file", "rename", ...(process.platform === "win32" ? [] : ["flush folder"])]);
});

test.each([
  ["while it is written", "writeFile"],
  ["when it is flushed", "sync"],
  ["when it is closed, as network file systems tell it", "close"],
] as const)("a full disk %s names the file, keeps the old content and leaves nothing", async (_, operation) => {
  const file = join(folder, "weights");
  await writeFileAtomically(file, "old");
  withHandles((handle) => {
    const close = handle.close.bind(handle);
    vi.spyOn(handle, operation).mockImplementation(async () => {
      if (operation === "close") await close();
      throw failure("ENOSPC", "no space left on device, write");
    });
  });
  await expect(writeFileAtomically(file, "new")).rejects.toThrow(`ENOSPC: no space left on device, write '${file}`);
  await expect(writeFolderAtomically(join(folder, "step-1"), new Map([["weights", "new"]]))).rejects.toThrow(
    /ENOSPC: no space left on device, write '.*step-1.weights'/,
  );
  vi.restoreAllMocks();
  expect(await readdir(folder)).toEqual(["weights"]);
  expect(await readFile(file, "utf8")).toBe("old");
});

test("a folder that can't be flushed, as on some network file systems, does not fail the write: the file is in its place", async () => {
  withHandles((handle, path) => {
    if (path === folder) vi.spyOn(handle, "sync").mockRejectedValue(failure("EINVAL"));
  });
  await writeFileAtomically(join(folder, "x"), "content");
  expect(await readFile(join(folder, "x"), "utf8")).toBe("content");
});

test("on Windows a file that a reader has open is replaced when the reader closes it", async () => {
  vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  const renames = vi
    .spyOn(fs, "rename")
    .mockRejectedValueOnce(failure("EPERM"))
    .mockRejectedValueOnce(failure("EBUSY"));
  await writeFileAtomically(join(folder, "x"), "content");
  expect(renames).toHaveBeenCalledTimes(3);
  expect(await readdir(folder)).toEqual(["x"]);
});

test("the error of an unwritable place has the file system's words", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(writeFileAtomically(join(folder, "file", "x"), "")).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(writeFileAtomically(join(folder, "none", "x"), "")).rejects.toMatchObject({ code: "ENOENT" });
});

test("leftovers of killed processes are removed: files by their name after a day, folders at once", async () => {
  const id = "01234567-89ab-cdef-0123-456789abcdef";
  const names = [`config.json.77-${id}.tmp`, `notes.77-${id}.tmp`, "config.json.tmp"];
  for (const name of names) {
    await writeFile(join(folder, name), "");
    await utimes(join(folder, name), 1, 1);
  }
  const recent = `config.json.78-${id}.tmp`;
  await writeFile(join(folder, recent), "");
  await removeAbandonedFiles(folder, (name) => name === "config.json");
  expect((await readdir(folder)).sort()).toEqual([recent, ...names.slice(1)].sort());

  await writeFolderAtomically(join(folder, ".tmp-5-step-1"), new Map([["x", "half"]]));
  await writeFolderAtomically(join(folder, "step-1"), new Map([["x", "whole"]]));
  await removeAbandonedFolders(folder);
  expect(await readdir(folder)).toContain("step-1");
  expect(await readdir(folder)).not.toContain(".tmp-5-step-1");
});
