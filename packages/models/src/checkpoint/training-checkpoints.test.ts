import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { SIDE, trainableModels } from "../../test/trainable-models.js";
import { numbers } from "../../test/values.js";
import { type FitOptions, fit } from "../training/fit.js";
import { CheckpointError } from "./checkpoint-error.js";
import { save } from "./save.js";
import { decodeState, encodeState } from "./training-state.js";

const [, make] = Object.values(trainableModels) as [never, (typeof trainableModels)[string]];
const LAST = "step-000000006-epoch-0003";
const BEFORE = "step-000000004-epoch-0002";

let template: string;
let dir: string;

async function train(folder: string, options: Partial<FitOptions> = {}, model = make()) {
  const optimizer = options.optimizer ?? tf.train.adam(0.01);
  try {
    return await fit(model, new ArrayImages(bars(16, SIDE)), {
      epochs: 3,
      batchSize: 8,
      rng: createRng(1),
      engine: "eager",
      optimizer,
      checkpoint: { dir: folder, ...options.checkpoint },
      ...Object.fromEntries(Object.entries(options).filter(([name]) => name !== "checkpoint")),
    });
  } finally {
    optimizer.dispose();
  }
}

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "igr-training-"));
  await train(template);
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-training-"));
  await cp(template, dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function refusal(options: Partial<FitOptions> = {}): Promise<CheckpointError> {
  const before = tf.memory().numTensors;
  const model = make();
  const error = await train(dir, { epochs: 5, ...options }, model).catch((reason: unknown) => reason);
  model.dispose();
  expect(error).toBeInstanceOf(CheckpointError);
  expect(tf.memory().numTensors).toBe(before);
  return error as CheckpointError;
}

const files = async () => readdir(join(dir, LAST));
const weights = async () => (await files()).find((name) => name.startsWith("weights-"))!;

describe("a rejected checkpoint names the reason and the previous intact checkpoint", () => {
  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      "weights with a flipped bit",
      async () => {
        const path = join(dir, LAST, await weights());
        const bytes = await readFile(path);
        bytes[bytes.length - 3]! ^= 4;
        await writeFile(path, bytes);
      },
      "corrupt",
      /weights-[0-9a-f]+\.safetensors is not what was written/,
    ],
    [
      "slots cut short",
      () => truncate(join(dir, LAST, "optimizer.safetensors"), 100),
      "corrupt",
      /optimizer\.safetensors is not what was written/,
    ],
    ["missing weights", async () => rm(join(dir, LAST, await weights())), "corrupt", /it has no weights-/],
    [
      "a state with another number",
      async () => {
        const path = join(dir, LAST, "training.json");
        const text = await readFile(path, "utf8");
        await writeFile(path, text.replace('"totalSteps":6', '"totalSteps":7'));
      },
      "corrupt",
      /training\.json is not what was written/,
    ],
    ["no state", () => rm(join(dir, LAST, "training.json")), "foreign", /it has no training\.json/],
    [
      "another program's state",
      () => writeFile(join(dir, LAST, "training.json"), '{"step": 3}\n'),
      "foreign",
      /training\.json is not the state of a training run/,
    ],
    [
      "a later version",
      async () => {
        const path = join(dir, LAST, "training.json");
        const text = await readFile(path, "utf8");
        await writeFile(path, text.replace('"version":1', '"version":2'));
      },
      "newer version",
      /training\.json has version 2, this program reads up to version 1/,
    ],
  ])("%s", async (_, damage, reason, sentence) => {
    await damage();
    const error = await refusal();
    expect(error).toMatchObject({ reason, path: join(dir, LAST), previous: BEFORE });
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain(`resume from it with checkpoint: { dir, from: "${BEFORE}" }`);

    // Resumed from there, the run ends as if nothing had been rejected, and the rejected checkpoint is set aside.
    const whole = make();
    await train(await mkdtemp(join(template, "whole-")), { epochs: 5 }, whole);
    const resumed = make();
    await train(dir, { epochs: 5, checkpoint: { dir, from: BEFORE } }, resumed);
    const all = (model: typeof whole) => model.namedVariables().map(({ variable }) => numbers(variable));
    expect(all(resumed)).toEqual(all(whole));
    expect(await readdir(dir)).toContain(`set-aside-${LAST}`);
  });

  test("names no previous checkpoint if none is intact", async () => {
    for (const name of await readdir(dir)) await rm(join(dir, name, "optimizer.safetensors"), { force: true });
    const error = await refusal();
    expect(error.previous).toBeUndefined();
    expect(error.message).not.toContain("go on from");
  });
});

test.each<[string, Partial<FitOptions>, string]>([
  ["batch size", { batchSize: 4 }, "batchSize was 8, this run has 4"],
  ["seed", { rng: createRng(2) }, "rng was"],
  ["optimizer", { optimizer: tf.train.sgd(0.1) }, 'optimizer was {"name":"Adam"'],
  ["clipping", { clipGradients: { value: 1 } }, 'clipGradients was none, this run has {"value":1}'],
])("a run with another %s does not resume from it", async (_, options, sentence) => {
  const before = tf.memory().numTensors;
  const model = make();
  const error = await train(dir, { epochs: 5, ...options }, model).catch((reason: unknown) => reason);
  model.dispose();
  expect(error).toMatchObject({ reason: "different run", path: join(dir, LAST) });
  expect((error as Error).message).toContain(sentence);
  expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
});

test("the order of a schedule's properties does not matter", async () => {
  const folder = join(dir, "order");
  const schedule = { kind: "linear", from: 1e-2, to: 1e-3, steps: 9 } as const;
  await train(folder, { schedules: { learningRate: schedule } });
  const { steps, to, from, kind } = schedule;
  const { resumedAt } = await train(folder, { epochs: 4, schedules: { learningRate: { steps, to, from, kind } } });
  expect(resumedAt).toBe(6);
});

test("another model does not resume from it", async () => {
  const other = Object.values(trainableModels)[0]!();
  await expect(train(dir, { epochs: 5 }, other)).rejects.toThrow(
    "it was made with other model; it was made with other variables",
  );
});

test("rejects folders that do not belong to this run", async () => {
  await expect(train(dir, { checkpoint: { dir, resume: false } })).rejects.toThrow(
    `fit: checkpoint.resume is false, and ${dir} holds checkpoints: `,
  );
  await expect(train(dir, { checkpoint: { dir, from: "step-1" } })).rejects.toThrow(
    `fit: checkpoint.from must be one of step-`,
  );
  await writeFile(join(dir, "file"), "");
  const below = join(dir, "file", "below");
  await expect(train(below)).rejects.toThrow(`fit: checkpoint.dir ${below} must be a folder that can be written: `);
  const saved = join(dir, "saved");
  await save(make(), saved);
  await expect(train(saved)).rejects.toThrow(
    `fit: ${saved} holds a saved model; checkpoint.dir must be a folder of its own`,
  );
});

test("deletes the unfinished files of a dead process and keeps other files", async () => {
  await mkdir(join(dir, ".tmp-1-step-000000008"));
  await writeFile(join(dir, "notes.txt"), "mine");
  await train(dir, { epochs: 4 });
  const names = await readdir(dir);
  expect(names.filter((name) => name.startsWith(".tmp"))).toEqual([]);
  expect(names).toContain("notes.txt");
});

test("an epoch whose score is not a number is never the best", async () => {
  const folder = join(dir, "scores");
  const scores = [1, 2, Number.NaN, 1.5];
  const options = {
    epochs: 4,
    monitor: ({ epoch }: { epoch: number }) => scores[epoch - 1]!,
    checkpoint: { dir: folder, keep: 1 },
  };
  await train(folder, options);
  expect((await readdir(folder)).sort()).toEqual(["step-000000004-epoch-0002", "step-000000008-epoch-0004"]);
});

test("rejects a folder in place of the options", async () => {
  const options = { epochs: 1, rng: createRng(1), checkpoint: dir as unknown as { dir: string } };
  await expect(fit(make(), new ArrayImages(bars(16, SIDE)), options)).rejects.toThrow(
    'fit: checkpoint must be { dir: "folder", .. }, got ',
  );
});

test("keeps numbers that JSON cannot represent", () => {
  const log = { epoch: 1, validation: { standardError: Number.NaN, elbo: Number.NEGATIVE_INFINITY } };
  const state = { state: { totalSteps: 1, epochs: [log] }, files: {} } as never;
  const hash = (text: string) => `${text.length}`;
  expect(decodeState(encodeState(state, hash), "state", hash)).toEqual(state);
});
