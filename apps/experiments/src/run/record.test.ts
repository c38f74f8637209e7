import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { InputError } from "../input-error.js";
import { FolderStore } from "./folder-store.js";
import { runId } from "./identity.js";
import { readRun } from "./record.js";
import { trainRun } from "./train-run.js";

const folder = mkdtempSync(join(tmpdir(), "igr-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let seed = 0;
/** A run with a configuration and one epoch. */
async function keptRun() {
  const store = new FolderStore(folder);
  seed += 1;
  const configuration = resolveConfiguration({ seed, epochs: 2 });
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
  ["metrics.jsonl", '{"epoch": 1}\n{"epo', /metrics\.jsonl is not JSON: "\{\\"epo"/],
  ["measures.json", "[{", /measures\.json is not JSON/],
  ["environment.json", "", /environment\.json is not JSON/],
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
