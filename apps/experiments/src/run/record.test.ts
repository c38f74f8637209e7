import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { indented } from "../indented.js";
import { InputError } from "../input-error.js";
import { FolderStore } from "./folder-store.js";
import { runId } from "./identity.js";
import { numberToName } from "./json-numbers.js";
import { readRun } from "./record.js";
import { trainRun } from "./train-run.js";

const folder = mkdtempSync(join(tmpdir(), "igr-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let seed = 0;
/** A run with a configuration and one epoch. */
async function keptRun(settings: Record<string, unknown> = {}) {
  const store = new FolderStore(folder);
  seed += 1;
  const configuration = resolveConfiguration({ seed, epochs: 2, ...settings });
  const claim = await store.claim(configuration);
  await claim.write("metrics.jsonl", `${JSON.stringify({ epoch: 1, train: { elbo: -150 } })}\n`);
  await claim.release();
  const id = runId(configuration);
  return { store, configuration, id, file: (name: string) => join(folder, id, name) };
}

test.each([
  ["config.json", '{"version": 2}', /has version 2, which a newer igr wrote; this one reads version 1$/],
  ["config.json", '{"version": 0}', /has version 0, which another igr wrote; this one reads version 1$/],
  ["config.json", "{}", /has version undefined, which another igr wrote/],
  ["config.json", '{"version": 1, "latent": {"kind": "later"}}', /config\.json is damaged: /],
  ["config.json", '{"versi', /config\.json is not JSON: "\{\\"versi"; igr runs rm/],
  ["metrics.jsonl", '{"epoch": 1, "train": {"elbo": 1}}\n{"epo', /metrics\.jsonl is not JSON: "\{\\"epo"/],
  ["measures.json", "[{", /measures\.json is not JSON/],
  ["environment.json", "", /environment\.json is not JSON/],
  ["config.json", "null", /has version undefined/],
  ["metrics.jsonl", "5", /metrics\.jsonl is damaged: the whole: .*expected object/],
  ["metrics.jsonl", '{"epoch": 0, "train": {}}', /metrics\.jsonl is damaged: epoch: /],
  ["measures.json", "{}", /measures\.json is damaged: the whole: .*expected array.*; igr runs rm/],
  ["measures.json", '[{"epochs": 1, "measuredEpoch": 1}]', /measures\.json is damaged: 0\.values: /],
  [
    "measures.json",
    '[{"epochs": 1, "measuredEpoch": 1, "values": {"elbo": {"value": "x"}}}]',
    /0\.values\.elbo\.value: /,
  ],
  ["pictures.json", '[{"file": 5, "caption": "x"}]', /pictures\.json is damaged: 0\.file: /],
  ["environment.json", '{"node": "v20"}', /environment\.json is damaged: platform: /],
])("a run whose %s holds %j is refused by a sentence, and stays as it is", async (name, content, sentence) => {
  const { store, configuration, id, file } = await keptRun();
  writeFileSync(file(name), content);
  const metrics = readFileSync(file("metrics.jsonl"), "utf8");
  await expect(readRun(store, id)).rejects.toThrow(sentence);
  await expect(readRun(store, id)).rejects.toThrow(InputError);
  await expect(readRun(store, id)).rejects.toThrow(`${folder}/${id}/${name}`);
  await expect(trainRun(store, configuration, { engine: "cpu" })).rejects.toThrow(InputError);
  expect(readFileSync(file(name), "utf8")).toBe(content);
  expect(readFileSync(file("metrics.jsonl"), "utf8")).toBe(metrics);
});

test("an infinite measure is kept", async () => {
  const { store, id, file } = await keptRun();
  const values = { elbo: { value: Number.NEGATIVE_INFINITY, unit: "nats" } };
  writeFileSync(file("measures.json"), indented([{ epochs: 1, measuredEpoch: 1, values }], numberToName));
  expect((await readRun(store, id)).measures[0]?.values).toEqual(values);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    "batches larger than its data",
    { training: { batchSize: 64 }, data: { name: "mnist", trainImages: 50, validation: 0 } },
    /^training\.batchSize must be at most 50, the number of training images .*, got 64$/,
  ],
  ["data that is missing", { data: { name: "folder", dir: "/nowhere" } }, /nowhere/],
])("a run that fails by %s before its first epoch leaves nothing", async (_, settings, sentence) => {
  const own = mkdtempSync(join(folder, "rejected-"));
  const store = new FolderStore(own);
  await expect(trainRun(store, resolveConfiguration(settings), { engine: "cpu" })).rejects.toThrow(sentence);
  expect(readdirSync(own)).toEqual([]);
});

test("what an earlier process trained stays when a later one fails", async () => {
  const { store, id } = await keptRun({ data: { name: "folder", dir: "/nowhere" } });
  await expect(trainRun(store, (await readRun(store, id)).configuration, { engine: "cpu" })).rejects.toThrow(
    "/nowhere",
  );
  await store.removeUntrained(id);
  expect((await store.files(id)).sort()).toEqual(["config.json", "metrics.jsonl"]);
});
