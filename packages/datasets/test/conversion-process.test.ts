import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { faceEntries, writeCelebA } from "./celeba-files.js";
import { filesBelow, temporaryFolder } from "./temporary-folder.js";

// A process of the user's, which starts those that decode: of the built package, since Node runs no TypeScript.
const program = `
import { getEventListeners } from "node:events";
import { loadCelebA } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
const [dir, cacheDir, workers, stopAt] = process.argv.slice(1);
const controller = new AbortController();
const { signal } = controller;
process.on("warning", ({ message }) => console.log("warning", message));
try {
  const { images } = await loadCelebA({
    split: "train", dir, cacheDir, workers: Number(workers), signal, onProgress: ({ done }) => {
      console.log(done);
      if (done > Number(stopAt)) controller.abort(Object.assign(new Error("enough"), { reason: "aborted" }));
    },
  });
  console.log("listeners", getEventListeners(signal, "abort").length);
  console.log("images", images.length);
} catch (error) {
  console.log(error.reason, error.message);
}`;

function convert(dir: string, cacheDir: string, workers = 2, stopAt = "Infinity"): ChildProcess {
  const options = { stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"] };
  return spawn(process.execPath, ["--input-type=module", "-e", program, dir, cacheDir, `${workers}`, stopAt], options);
}

async function outputOf(child: ChildProcess): Promise<string[]> {
  let text = "";
  child.stdout?.on("data", (piece) => {
    text += piece;
  });
  await once(child, "close");
  return text.trim().split("\n");
}

async function pixelsOf(cacheDir: string): Promise<Buffer> {
  const [name] = (await filesBelow(cacheDir)).filter((file) => file.endsWith("ubyte"));
  return readFile(join(cacheDir, name as string));
}

const entries = faceEntries(1024);

beforeAll(async () => {
  await readFile(new URL("../dist/index.js", import.meta.url)); // says so where there is no build
});

test("processes convert what one process does, are killed at any moment, and the next call ends with the same bytes", {
  timeout: 180_000,
}, async () => {
  const dir = await temporaryFolder();
  await writeCelebA(dir, 1024, entries);
  const alone = await temporaryFolder();
  expect((await outputOf(convert(dir, alone, 0))).at(-1)).toBe(`images ${716 * 12_288}`);
  const whole = await pixelsOf(alone);

  const cacheDir = await temporaryFolder();
  let resumed = 0;
  for (let kills = 0; kills < 5; kills++) {
    const child = convert(dir, cacheDir);
    const output = outputOf(child);
    // At the start, then in the middle of a chunk after the first new one, later each time.
    for (let lines = 0; lines < Math.min(kills + 1, 2); lines++) await once(child.stdout as Readable, "data");
    await new Promise((done) => setTimeout(done, 29 * kills));
    child.kill("SIGKILL");
    resumed = Math.max(resumed, Number((await output)[0]));
    const files = await filesBelow(cacheDir);
    // Either nothing that counts, or the whole.
    if (files.some((file) => file.endsWith(".json"))) expect((await pixelsOf(cacheDir)).equals(whole)).toBe(true);
  }
  expect(resumed).toBeGreaterThan(0);
  const output = await outputOf(convert(dir, cacheDir));
  expect(output.at(-1)).toBe(`images ${716 * 12_288}`);
  expect((await pixelsOf(cacheDir)).equals(whole)).toBe(true);
  expect((await filesBelow(cacheDir)).map((name) => name.replace(/.*\./, ""))).toEqual(["idx4-ubyte", "json"]);
});

test("a signal stops all processes at once; an unused signal has no listener left, and causes no warning", {
  timeout: 180_000,
}, async () => {
  const dir = await temporaryFolder();
  await writeCelebA(dir, 1024, entries);
  const cacheDir = await temporaryFolder();
  const stopped = await outputOf(convert(dir, cacheDir, 3, "1"));
  expect(stopped.at(-1)).toBe("aborted enough");
  expect((await filesBelow(cacheDir)).filter((name) => name.endsWith(".json"))).toEqual([]);
  const lines = await outputOf(convert(dir, cacheDir, 3));
  expect(lines.slice(-2)).toEqual(["listeners 0", `images ${716 * 12_288}`]);
  expect(lines.filter((line) => line.startsWith("warning"))).toEqual([]);
});

test("an error from another process names the picture, as in one process", async () => {
  const bad = entries.slice(0, 6).map((entry, i) => (i === 4 ? { ...entry, bytes: Buffer.from("<html>") } : entry));
  const folder = await temporaryFolder();
  await writeCelebA(folder, 5, bad);
  const [, last] = await outputOf(convert(folder, await temporaryFolder(), 1));
  expect(last).toMatch(/^not-an-image .*img_align_celeba\/000004\.jpg: expected a whole JPEG/);
});
