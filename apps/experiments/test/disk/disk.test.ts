import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../bin/igr.mjs", import.meta.url));
const fault = pathToFileURL(fileURLToPath(new URL("./fault.mjs", import.meta.url))).href;
const folder = mkdtempSync(join(tmpdir(), "igr-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = ["model.units=[16,16]", "model.testSamples=2"].flatMap((each) => ["--set", each]);
const images = ["--train-images", "640", "--test-images", "32", "--batch-size", "32"];
const options = ["train", "--model", "structured-prediction", ...sizes, ...images, "--epochs", "6", "--threads", "1"];
const withRuns = (name: string) => ["--runs", join(folder, name)];

interface Shown {
  readonly epochs: readonly Record<string, unknown>[];
  readonly measures: unknown;
}

function trained(name: string): Shown {
  const args = [program, ...options, ...withRuns(name), "--json", "--quiet"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return JSON.parse(stdout);
}

const withoutTimes = ({ epochs, measures }: Shown) => ({
  measures,
  epochs: epochs.map((log) => ({ ...log, seconds: undefined, imagesPerSecond: undefined })),
});

test("a disk that fills up in mid-training ends the run by a sentence; the same command goes on when there is room", {
  timeout: 300_000,
}, async () => {
  const flag = join(folder, "full");
  const child = spawn(process.execPath, [program, ...options, ...withRuns("full-disk")], {
    env: { ...process.env, IGR_FAULT: `ENOSPC ${flag}`, NODE_OPTIONS: `--import=${fault}` },
  });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  // The first epoch is kept.
  child.stdout.once("data", () => writeFileSync(flag, ""));
  const [code] = await once(child, "close");
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toMatch(/can't be written: there is no space left on the device; make room/);
  expect(stderr).not.toMatch(/\n {4}at /);
  const [id = ""] = readdirSync(join(folder, "full-disk"));
  const file = (name: string) => readFileSync(join(folder, "full-disk", id, name), "utf8");
  const kept = file("metrics.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(6);
  expect(JSON.parse(file("config.json"))).toHaveProperty("version");
  expect(existsSync(join(folder, "full-disk", id, "measures.json"))).toBe(false);

  const resumed = trained("full-disk");
  expect(resumed.epochs.slice(0, kept.length)).toEqual(kept);
  expect(withoutTimes(resumed)).toEqual(withoutTimes(trained("whole")));
});

test.each([["EACCES", "this user may not write there; choose another folder with --runs"]])(
  "a folder of runs that can't be written (%s) is said before anything is trained",
  (code, remedy) => {
    const flag = join(folder, code);
    writeFileSync(flag, "");
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options, ...withRuns("unwritable")], {
      env: { ...process.env, IGR_FAULT: `${code} ${flag}`, NODE_OPTIONS: `--import=${fault}` },
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`can't be written: ${remedy}`);
    expect(existsSync(join(folder, "unwritable"))).toBe(false);
  },
);

test("a path of runs that leads through a file is said", () => {
  writeFileSync(join(folder, "file"), "mine");
  const args = [program, ...options, ...withRuns("file/runs")];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain("part of the path is a file; choose another folder with --runs");
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("mine");
});
