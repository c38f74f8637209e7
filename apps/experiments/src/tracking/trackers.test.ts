import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { createTracker } from "./create-tracker.js";
import { crc32c } from "./tfrecord.js";
import { flattenMetrics, type Tracker, trackAll } from "./tracker.js";

const folder = mkdtempSync(join(tmpdir(), "igr-trackers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = { id: "0123456789abcdef", title: "IGR(0.50) a/b", configuration: resolveConfiguration({}), resumedAt: 0 };

/** Python with TensorBoard, where `IGR_PYTHON` names one. */
const python = process.env.IGR_PYTHON ?? "python3";
const hasTensorBoard = spawnSync(python, ["-c", "import tensorboard"]).status === 0;

test("checksums are those of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, k) => k))).toBe(0x46dd794e);
});

test("numbers of nested objects are named by their paths", () => {
  expect(flattenMetrics({ a: 1, b: { c: Number.NaN, d: { e: 2 } }, words: "x", list: [1] })).toEqual({
    a: 1,
    "b/c": Number.NaN,
    "b/d/e": 2,
  });
});

test("the real TensorBoard reads every point, also of a run that another process went on with", async (context) => {
  if (!hasTensorBoard) {
    context.skip("TensorBoard is not there: pip install tensorboard==2.21.0, and name that Python in IGR_PYTHON");
  }
  const where = join(folder, "tensorboard");
  for (const [from, to] of [
    [1, 150],
    [151, 300],
  ] as [number, number][]) {
    const tracker = createTracker(`tensorboard:${where}`);
    await tracker.start({ ...run, resumedAt: from - 1 });
    for (let step = from; step <= to; step += 1) {
      await tracker.log(step, {
        "validation/elbo": -1 / step,
        odd: step === 2 ? Number.NaN : Number.POSITIVE_INFINITY,
      });
    }
    await tracker.finish(to === 300 ? "finished" : "stopped");
    // Files of one second, host and process would be one.
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  const program = `
import sys, json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}); a.Reload()
print(json.dumps({tag: [[e.step, repr(e.value)] for e in a.Scalars(tag)] for tag in a.Tags()["scalars"]}))`;
  const [name = ""] = readdirSync(where);
  expect(name).toBe("IGR(0.50)-a-b-0123456789abcdef");
  expect(readdirSync(join(where, name))).toHaveLength(2);
  const { stdout, stderr } = spawnSync(python, ["-c", program, join(where, name)], { encoding: "utf8" });
  expect(stderr).not.toContain("Error");
  const read = JSON.parse(stdout) as Record<string, [number, string][]>;
  expect(read["validation/elbo"]?.map(([step]) => step)).toEqual(Array.from({ length: 300 }, (_, k) => k + 1));
  for (const [step, value] of read["validation/elbo"] ?? []) expect(Number(value)).toBe(Math.fround(-1 / step));
  expect(read.odd?.slice(0, 3).map(([, value]) => value)).toEqual(["inf", "nan", "inf"]);
}, 120_000);

test("a line of jsonl has infinite numbers as words, and follows those of an earlier process", async () => {
  for (const step of [1, 2]) {
    const tracker = createTracker(`jsonl:${join(folder, "jsonl")}`);
    await tracker.start({ ...run, resumedAt: step - 1 });
    await tracker.log(step, { a: Number.NEGATIVE_INFINITY, b: 1 });
    await tracker.finish("stopped");
  }
  const lines = readFileSync(join(folder, "jsonl", `${run.id}.jsonl`), "utf8")
    .trim()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["start", "log", "finish", "start", "log", "finish"]);
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ id: run.id, step: 1, metrics: { a: "-Infinity", b: 1 } });
});

test("a tracker that fails is told nothing more, and the others hear everything", async () => {
  const heard: string[] = [];
  const good: Tracker = {
    name: "good",
    start: async () => void heard.push("start"),
    log: async (step) => void heard.push(`${step}`),
    finish: async (status) => void heard.push(status),
  };
  const bad: Tracker = { ...good, name: "bad", log: async () => Promise.reject(new Error("no route to host")) };
  const said: string[] = [];
  const all = trackAll([bad, good], (sentence) => said.push(sentence));
  await all.start(run);
  await all.log(1, {});
  await all.log(2, {});
  await all.finish("finished");
  expect(heard).toEqual(["start", "start", "1", "2", "finished"]);
  expect(said).toEqual(["bad is told nothing more: no route to host"]);
});
