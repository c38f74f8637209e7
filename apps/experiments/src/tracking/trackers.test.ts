import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { createTracker } from "./create-tracker.js";
import { crc32c } from "./tfrecord.js";
import { flattenMetrics } from "./tracker.js";

const folder = mkdtempSync(join(tmpdir(), "igr-trackers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = { id: "0123456789abcdef", title: "IGR(0.50) a/b", configuration: resolveConfiguration({}), resumedAt: 0 };

/** Python with TensorBoard, from `IGR_PYTHON`. */
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

/** The points of each tag as the real TensorBoard reads them: step and value. */
function readByTensorBoard(folder: string): Record<string, [number, string][]> {
  const program = `
import sys, json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}); a.Reload()
print(json.dumps({tag: [[e.step, repr(e.value)] for e in a.Scalars(tag)] for tag in a.Tags()["scalars"]}))`;
  const { stdout, stderr } = spawnSync(python, ["-c", program, folder], { encoding: "utf8" });
  expect(stderr).not.toContain("Error");
  return JSON.parse(stdout);
}

test("the real TensorBoard reads each point once, also after two kills in the middle of a record", async (context) => {
  if (!hasTensorBoard) {
    context.skip("TensorBoard is missing: pip install tensorboard==2.21.0, and name that Python in IGR_PYTHON");
  }
  const where = join(folder, "tensorboard");
  const name = "IGR(0.50)-a-b-0123456789abcdef";
  const lastFile = () => join(where, name, readdirSync(join(where, name)).sort().at(-1) as string);
  let trained = 0;
  for (const to of [150, 220, 300]) {
    const tracker = createTracker(`tensorboard:${where}`);
    const last = await tracker.start({ ...run, resumedAt: trained });
    // What was torn is told again.
    expect(last).toBe(Math.max(0, trained - 1));
    for (let step = last + 1; step <= to; step += 1) {
      await tracker.log(step, {
        "validation/elbo": -1 / step,
        odd: step === 2 ? Number.NaN : Number.POSITIVE_INFINITY,
      });
    }
    if (to < 300) truncateSync(lastFile(), statSync(lastFile()).size - 5);
    else await tracker.finish("finished", 300, { "measures/elbo": -99 });
    trained = to;
  }
  expect(readdirSync(where)).toEqual([name]);
  expect(readdirSync(join(where, name))).toHaveLength(3);
  const read = readByTensorBoard(join(where, name));
  expect(read["validation/elbo"]?.map(([step]) => step)).toEqual(Array.from({ length: 300 }, (_, k) => k + 1));
  for (const [step, value] of read["validation/elbo"] ?? []) expect(Number(value)).toBe(Math.fround(-1 / step));
  expect(read.odd?.slice(0, 3).map(([, value]) => value)).toEqual(["inf", "nan", "inf"]);
  expect(read["measures/elbo"]).toEqual([[300, "-99.0"]]);
}, 120_000);

test.each(["tensorboard", "jsonl"])("%s keeps a run that was deleted and is trained anew apart", async (kind) => {
  const where = join(folder, `${kind}-anew`);
  for (const [resumedAt, steps] of [
    [0, []],
    [0, [1, 2]],
    [2, [3]],
    [0, [1]],
    [1, [2]],
  ] as const) {
    const tracker = createTracker(`${kind}:${where}`);
    expect(await tracker.start({ ...run, resumedAt })).toBe(resumedAt);
    for (const step of steps) await tracker.log(step, { a: step });
    await tracker.finish("stopped", steps.at(-1) ?? 0, {});
  }
  const names = readdirSync(where).sort();
  expect(names.map((name) => name.replace(/^IGR.*b-/, "").replace(".jsonl", "")).sort()).toEqual([
    run.id,
    `${run.id}-2`,
  ]);
});

const linesOf = (name: string) =>
  readFileSync(join(folder, name, `${run.id}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("jsonl has infinite numbers as words, and new lines follow those of an earlier process", async () => {
  for (const step of [1, 2]) {
    const tracker = createTracker(`jsonl:${join(folder, "jsonl")}`);
    expect(await tracker.start({ ...run, resumedAt: step - 1 })).toBe(step - 1);
    await tracker.log(step, { a: Number.NEGATIVE_INFINITY, b: 1 });
    await tracker.finish("stopped", step, { "measures/elbo": Number.NaN });
  }
  const lines = linesOf("jsonl");
  expect(lines.map(({ event }) => event)).toEqual(["start", "log", "finish", "start", "log", "finish"]);
  expect(lines[1]).toMatchObject({ id: run.id, step: 1, metrics: { a: "-Infinity", b: 1 } });
  expect(lines[5]).toMatchObject({ status: "stopped", measures: { "measures/elbo": "NaN" } });
});

test.each([1, 20, 10_000])(
  "the last line of jsonl, torn %d bytes before its end, is written again",
  async (missing) => {
    const where = `torn-${missing}`;
    const first = createTracker(`jsonl:${join(folder, where)}`);
    await first.start(run);
    await first.log(1, { a: 1 });
    const file = join(folder, where, `${run.id}.jsonl`);
    const before = statSync(file).size;
    await first.log(2, { a: 2 });
    truncateSync(file, Math.max(before, statSync(file).size - missing));
    const second = createTracker(`jsonl:${join(folder, where)}`);
    expect(await second.start({ ...run, resumedAt: 2 })).toBe(1);
    await second.log(2, { a: 2 });
    expect(linesOf(where).map(({ event, step }) => step ?? event)).toEqual(["start", 1, "start", 2]);
  },
);

test("a line of jsonl that something else wrote is left as it is", async () => {
  const tracker = createTracker(`jsonl:${join(folder, "foreign")}`);
  await tracker.start(run);
  await tracker.log(1, { a: 1 });
  const file = join(folder, "foreign", `${run.id}.jsonl`);
  appendFileSync(file, "not JSON\n");
  expect(await createTracker(`jsonl:${join(folder, "foreign")}`).start({ ...run, resumedAt: 1 })).toBe(1);
  expect(readFileSync(file, "utf8")).toContain("\nnot JSON\n{");
});

test.each([
  ["wandb:x", "--track must be kind:where, with the kind jsonl, tensorboard or mlflow"],
  ["jsonl:", "--track must be kind:where"],
  ["mlflow:localhost:5000", "--track mlflow must name a server, such as mlflow:http://localhost:5000"],
  ["mlflow:ftp://name:secret@host", 'got "mlflow:ftp://host"'],
])("the tracker %s is refused by a sentence", (address, sentence) => {
  expect(() => createTracker(address)).toThrow(sentence);
});
