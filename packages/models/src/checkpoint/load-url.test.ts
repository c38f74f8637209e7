import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainableModels } from "../../test/trainable-models.js";
import { numbers } from "../../test/values.js";
import { load } from "./load.js";
import { save } from "./save.js";

const [make] = Object.values(trainableModels) as [() => import("../discrete-vae/discrete-vae.js").DiscreteVAE];
let dir: string;
let server: Server;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-url-"));
  await save(make(), join(dir, "model"));
  server = createServer(async (request, response) => {
    const content = await readFile(join(dir, request.url as string)).catch(() => undefined);
    response.writeHead(content ? 200 : 404).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(["", "/"])("a URL ending in '%s' gives the same model as the folder", async (end) => {
  const [fetched, read] = [await load(`${url}/model${end}`), await load(join(dir, "model"))];
  const draws = (model: typeof read) => numbers(model.sample(createRng(1), 3));
  expect(draws(fetched)).toEqual(draws(read));
  expect(fetched.config().latent).toEqual(read.config().latent);
});

test("errors name the address of a file that is missing, damaged or of another kind", async () => {
  await expect(load(`${url}/nothing`)).rejects.toThrow(
    `load: ${url}/nothing/config.json can't be fetched (404 Not Found); the address must be that of a folder with config.json`,
  );
  await expect(load("http://localhost:1/model")).rejects.toThrow(
    "load: http://localhost:1/model/config.json can't be fetched:",
  );
  const config = join(dir, "model", "config.json");
  const text = await readFile(config, "utf8");
  await writeFile(config, "<!doctype html>");
  await expect(load(`${url}/model`)).rejects.toThrow(
    `load: ${url}/model/config.json is not the config of a saved model`,
  );
  await writeFile(config, text.replace(/"variables": \d+/, '"variables": 7'));
  await expect(load(`${url}/model`)).rejects.toThrow(`load: ${url}/model/config.json is not what was written`);
  await writeFile(config, text);
  const before = tf.memory().numTensors;
  const weights = join(dir, "model", JSON.parse(text).weights.file);
  await writeFile(weights, (await readFile(weights)).subarray(0, -4));
  await expect(load(`${url}/model`)).rejects.toThrow(
    /^load: http:.*\.safetensors has SHA-256 [0-9a-f]{64}, http:.* expects /,
  );
  expect(tf.memory().numTensors).toBe(before);
});
