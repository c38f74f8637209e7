import "../wasm.js";
import "@tensorflow/tfjs-layers";
import { createRng, fitPrior, type Rng } from "@igr/core";
import { type ImageDataset, loadMnist } from "@igr/datasets";
import { exportOnnx } from "@igr/jit";
import {
  BernoulliLikelihood,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  encodeModel,
  evaluate,
  fit,
  GumbelSoftmaxLatent,
  IgrLatent,
  useFastWasm,
} from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Command, Pictures, Report } from "./messages.js";

const VARIABLES = 30;
const CATEGORIES = 10;
const SHOWN = 8;
/** Number of images for the hard bound, and the interval of its measurements. */
const MEASURED = 256;
const EVERY = 50;

const tell = (report: Report, transfer: Transferable[] = []) => postMessage(report, { transfer });

let model: DiscreteVAE | undefined;
let test: ImageDataset;
/** Resolved while training runs; pending while it is paused. */
let gate: Promise<void> = Promise.resolve();
let open: () => void = () => {};
let isSingleStep = false;

addEventListener("message", ({ data }: MessageEvent<Command>) => {
  handle(data).catch((error: unknown) => tell({ kind: "error", text: String(error) }));
});

async function handle(command: Command): Promise<void> {
  switch (command.kind) {
    case "start":
      return train(command.relaxation, createRng(command.seed));
    case "pause":
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return;
    case "resume":
      isSingleStep = false;
      return open();
    case "step":
      isSingleStep = true;
      return open();
    case "decode":
      return decode(command.oneHot);
    case "export":
      return exportModel(command.format);
  }
}

async function train(relaxation: "igr" | "gumbel-softmax", rng: Rng): Promise<void> {
  tell({ kind: "status", text: "starting WebAssembly" });
  await useFastWasm();
  tell({ kind: "status", text: "reading MNIST" });
  const [images, testImages] = await Promise.all([loadMnist({ split: "train" }), loadMnist({ split: "test" })]);
  test = testImages;
  tell({ kind: "status", text: "fitting the prior" });
  model = makeModel(relaxation, rng);
  tell({ kind: "status", text: "compiling the training step" });
  const webgpu = await hasWebGpu();
  let began = performance.now();
  let steps = 0;
  await fit(model, images, {
    epochs: 5,
    rng,
    jit: { executor: "web", ...(webgpu ? { provider: "webgpu" } : { threads: crossOriginIsolated ? 2 : 1 }) },
    callbacks: {
      onStep: async ({ totalSteps, elbo }) => {
        steps += 1;
        const millisecondsPerStep = (performance.now() - began) / steps;
        if (totalSteps === 1) {
          tell({ kind: "status", text: webgpu ? "training on WebGPU" : "training in WebAssembly" });
          began = performance.now();
          steps = 0;
        }
        const isMeasured = totalSteps % EVERY === 1;
        const hard = isMeasured ? await hardBound(rng) : undefined;
        if (isMeasured) {
          await showPictures(rng);
          // The measurement does not count as time of the steps.
          began = performance.now();
          steps = 0;
        }
        if (totalSteps % 5 === 0 || isMeasured || isSingleStep) {
          tell({
            kind: "bounds",
            bounds: { step: totalSteps, relaxed: elbo, ...(hard !== undefined && { hard }) },
            millisecondsPerStep,
          });
        }
        if (isSingleStep) await handle({ kind: "pause" });
        await gate;
        // Lets messages be processed.
        await new Promise((resolve) => setTimeout(resolve));
      },
    },
  });
  tell({ kind: "done" });
}

function makeModel(relaxation: "igr" | "gumbel-softmax", rng: Rng): DiscreteVAE {
  const sizes = { variables: VARIABLES, categories: CATEGORIES };
  const latent =
    relaxation === "igr"
      ? new IgrLatent({
          ...sizes,
          temperature: 0.5,
          prior: fitPrior({
            target: Array(CATEGORIES).fill(1 / CATEGORIES),
            temperature: 0.5,
            rng: rng.fork("prior"),
            steps: 300,
          }),
        })
      : new GumbelSoftmaxLatent({ ...sizes, temperature: 0.67 });
  return new DiscreteVAE({
    encoder: denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
    decoder: denseDecoder({ inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu !== undefined && (await gpu.requestAdapter().catch(() => null)) !== null;
}

async function hardBound(rng: Rng): Promise<number> {
  const { elbo } = await evaluate((model as DiscreteVAE).measuredHard(), test.slice(0, MEASURED), {
    rng: rng.fork("hard bound"),
    engine: "eager",
  });
  return elbo;
}

async function showPictures(rng: Rng): Promise<void> {
  const vae = model as DiscreteVAE;
  let pictures: Pictures | undefined;
  tf.tidy(() => {
    const pixels = tf.div(tf.tensor(Float32Array.from(test.images.subarray(0, SHOWN * 784)), [SHOWN, 784]), 255);
    const x = tf.cast(tf.greaterEqual(pixels, 0.5), "float32");
    const { z } = vae.latent.sample(vae.encode(x), rng.fork("pictures"));
    const largest = tf.cast(tf.argMax(z, 2), "int32");
    pictures = {
      originals: numbersOf(x),
      reconstructions: numbersOf(vae.decode(tf.cast(tf.oneHot(largest, CATEGORIES), "float32"))),
      samples: numbersOf(vae.sample(rng.fork("samples"), SHOWN, { hard: true })),
      categories: Array.from(tf.slice(largest, [0, 0], [1, VARIABLES]).dataSync()),
    };
  });
  tell({ kind: "pictures", pictures: pictures as Pictures });
}

/** A copy of a tensor's numbers: the backend reuses its memory. */
function numbersOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<"float32">().slice();
}

async function decode(categories: readonly number[]): Promise<void> {
  if (model === undefined) return;
  const vae = model;
  let image = new Float32Array();
  tf.tidy(() => {
    const indices = tf.tensor2d([...categories], [1, VARIABLES], "int32");
    image = numbersOf(vae.decode(tf.cast(tf.oneHot(indices, CATEGORIES), "float32"))) as Float32Array<ArrayBuffer>;
  });
  tell({ kind: "decoded", image });
}

async function exportModel(format: "onnx" | "safetensors"): Promise<void> {
  if (model === undefined) return;
  const vae = model;
  if (format === "safetensors") {
    const bytes = await encodeModel(vae);
    return tell({ kind: "file", name: "discrete-vae.safetensors", bytes });
  }
  const bytes = await exportOnnx((z: tf.Tensor) => vae.decode(z), {
    inputs: { latents: [1, VARIABLES * CATEGORIES] },
    outputs: ["images"],
  });
  tell({ kind: "file", name: "decoder.onnx", bytes });
}
