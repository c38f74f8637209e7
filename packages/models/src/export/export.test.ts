import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, loadLayersModel, sequential } from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainableModels } from "../../test/trainable-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import type { TrainableModel } from "../model/model.js";
import { convolutionalDecoder, convolutionalEncoder } from "../network/convolutional.js";
import { denseDecoder, denseNetwork } from "../network/dense.js";
import { exportLayersModels } from "./export-layers-models.js";
import { exportOnnxModels } from "./export-onnx-models.js";
import { exportSafetensors } from "./export-safetensors.js";
import { namedNetworks } from "./named-networks.js";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-export-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const python = process.env.IGR_PYTHON;
const requirements = "packages/models/test/python/requirements.txt";
const batches = [1, 6];

const models: Record<string, () => TrainableModel> = {
  ...trainableModels,
  "DiscreteVAE, convolutional": () => {
    const rng = createRng(1);
    const latent = new GumbelSoftmaxLatent({ variables: 2, categories: 3, temperature: 0.67 });
    return new DiscreteVAE({
      encoder: convolutionalEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("e") }),
      decoder: convolutionalDecoder({ inputs: latent.decoderInputs, rng: rng.fork("d") }),
      latent,
      likelihood: new BernoulliLikelihood(),
    });
  },
};

const inputOf = (network: LayersModel, batch: number, rng = createRng(batch)) =>
  rng.normal([batch, ...(network.inputs[0]!.shape.slice(1) as number[])]);
const outputOf = (network: LayersModel, x: tf.Tensor) => tf.tidy(() => network.apply(x) as tf.Tensor);

describe.each(Object.entries(models))("%s", (name, make) => {
  const model = make();
  const networks = Object.entries(namedNetworks("test", model));
  const folder = () => join(dir, name.replace(/\W+/g, "-"));

  test("the ONNX models give the networks' outputs at every batch size", async () => {
    const files = await exportOnnxModels(model, folder());
    expect(files.map((file) => relative(folder(), file))).toEqual(networks.map(([network]) => `${network}.onnx`));
    for (const [i, [, network]] of networks.entries()) {
      const session = await ort.InferenceSession.create(files[i]!, { intraOpNumThreads: 1 });
      for (const batch of batches) {
        const x = inputOf(network, batch);
        const feed = new ort.Tensor("float32", Float32Array.from(numbers(x)), x.shape);
        const { outputs } = await session.run({ [session.inputNames[0]!]: feed });
        const expected = outputOf(network, x);
        expect(outputs!.dims).toEqual(expected.shape);
        const actual = tf.tensor1d(outputs!.data as Float32Array);
        expectClose(actual, numbers(expected), { rtol: 1e-4, atol: 1e-5 });
      }
      await session.release();
    }
  });

  test("Python's onnxruntime gives the same, and Python's safetensors the same weights", async (context) => {
    if (!python) context.skip(`no Python given: set IGR_PYTHON to one that has the packages of ${requirements}`);
    const files = await exportOnnxModels(model, folder());
    const safetensors = join(folder(), "weights.safetensors");
    await exportSafetensors(model, safetensors);
    const inputs = networks.map(([, network]) => batches.map((batch) => inputOf(network, batch)));
    const kinds: Record<string, string> = { encoder: "images", decoder: "latents" };
    const request = {
      safetensors,
      networks: networks.map(([network], i) => ({
        file: files[i],
        input: kinds[network] ?? "inputs",
        feeds: inputs[i]!.map((x) => ({ shape: x.shape, data: numbers(x) })),
      })),
    };
    const script = fileURLToPath(new URL("../../test/python/read_exports.py", import.meta.url));
    const input = JSON.stringify(request);
    const { status, stdout, stderr } = spawnSync(python!, [script], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    expect(status, stderr).toBe(0);
    const read = JSON.parse(stdout);
    for (const [i, [, network]] of networks.entries()) {
      const [{ shape }] = read.networks[i].inputs;
      expect(shape).toEqual(["batch", ...network.inputs[0]!.shape.slice(1)]);
      expect(read.networks[i].domains).toEqual([""]);
      for (const [j, x] of inputs[i]!.entries()) {
        const expected = outputOf(network, x);
        expect(read.networks[i].outputs[j].shape).toEqual(expected.shape);
        const actual = tf.tensor1d(read.networks[i].outputs[j].data);
        expectClose(actual, numbers(expected), { rtol: 1e-4, atol: 1e-5 });
      }
    }
    const weights = model.namedVariables();
    expect(Object.keys(read.tensors).sort()).toEqual(weights.map((weight) => weight.name).sort());
    for (const { name: weight, variable } of weights) {
      const sha256 = createHash("sha256").update(variable.dataSync<"float32">()).digest("hex");
      expect(read.tensors[weight]).toEqual({ dtype: "float32", shape: variable.shape, sha256 });
    }
  });

  test("tf.loadLayersModel reads the networks back, bit for bit", async () => {
    const files = await exportLayersModels(model, folder());
    const { server, url } = await serve(folder());
    try {
      for (const [i, [, network]] of networks.entries()) {
        const loaded = await loadLayersModel(url + relative(folder(), files[i]!));
        const x = inputOf(network, 3);
        expect(numbers(outputOf(loaded, x))).toEqual(numbers(outputOf(network, x)));
        loaded.dispose();
      }
    } finally {
      server.close();
    }
  });
});

async function serve(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer(async ({ url = "/" }, response) => {
    response.end(await readFile(join(folder, url)).catch(() => ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}/` };
}

test("a network whose graph depends on the batch size needs a given batch size", async () => {
  /** Adds a number to its input that depends on the batch size. */
  class AddBatch extends layers.Layer {
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
      return tf.add(x, x.shape[0]!);
    }
    static get className() {
      return "AddBatch";
    }
  }
  const rng = createRng(1);
  const latent = new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 1 });
  const encoder = sequential({ layers: [new AddBatch({ inputShape: [784] }), layers.dense({ units: 3 })] });
  const decoder = denseDecoder({ inputs: 3, rng });
  const model = new DiscreteVAE({ encoder, decoder, latent, likelihood: new BernoulliLikelihood() });
  await expect(exportOnnxModels(model, join(dir, "by-size"))).rejects.toThrow(
    /^exportOnnx: the function is not the same for every batch size \(.*\); give a size instead of null/,
  );
  await expect(exportOnnxModels(model, join(dir, "by-size"), { batch: 0 })).rejects.toThrow(
    "exportOnnxModels: batch must be a whole number >= 1, got 0",
  );
  const [file] = await exportOnnxModels(model, join(dir, "by-size"), { batch: 2 });
  const session = await ort.InferenceSession.create(file!);
  expect(
    (await session.run({ images: new ort.Tensor("float32", new Float32Array(2 * 784), [2, 784]) })).outputs!.dims,
  ).toEqual([2, 3]);
  await session.release();
});

test("rejects a model without networks", async () => {
  const network = denseNetwork({ inputs: 2, hidden: [], outputs: 2, rng: createRng(1) });
  await expect(exportOnnxModels({ network } as unknown as TrainableModel, dir)).rejects.toThrow(
    "exportOnnxModels: model must have an encoder and a decoder, or networks, got a Object",
  );
});
