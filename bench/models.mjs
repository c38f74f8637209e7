/**
 * The training step of each model and architecture of @igr/models, compiled: milliseconds, processor time and memory.
 * Every case runs in its own process, so that memory belongs to the case; cases alternate over the rounds.
 *
 *   npm run bench:models [-- --cases conv] [--rounds 5] [--steps 20] [--threads 2] [--out docs/results/models-step.json]
 */
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { writeReport } from "./report.mjs";

const { values: args } = parseArgs({
  options: {
    cases: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "20" },
    threads: { type: "string", default: "2" },
    batch: { type: "string", default: "64" },
    child: { type: "string" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/models-step.json", import.meta.url)) },
  },
});
const [rounds, steps, threads, batch] = [args.rounds, args.steps, args.threads, args.batch].map(Number);

const titles = {
  "dense-igr": "DiscreteVAE, IGR, dense 784-512-256",
  "dense-gs": "DiscreteVAE, Gumbel-Softmax, dense",
  "dense-igr-sb": "DiscreteVAE, IGR-SB up to 10, dense",
  "dense-igr-planar-2": "DiscreteVAE, IGR-Planar 2, dense",
  "dense-igr-planar-5": "DiscreteVAE, IGR-Planar 5, dense",
  "dense-igr-planar-10": "DiscreteVAE, IGR-Planar 10, dense",
  "conv1-igr": "DiscreteVAE, IGR, convolutional 1, 32x32x1",
  "conv1-joint-igr": "JointVAE of MNIST, IGR, convolutional 1, 32x32x1",
  "conv1-joint-igr-sb": "JointVAE of MNIST, IGR-SB up to 50, convolutional 1, 32x32x1",
  "conv2-igr": "DiscreteVAE, IGR, convolutional 2, 64x64x3",
  "conv2-joint-igr": "JointVAE of CelebA, IGR, convolutional 2, 64x64x3",
  "structured-1": "StructuredPrediction, IGR, 392-240-240-392, m = 1",
  "structured-50": "StructuredPrediction, IGR, 392-240-240-392, m = 50",
  mixture: "DeepGaussianMixture, up to 20 components, dense",
};

async function makeModel(name) {
  const { createRng } = await import("@igr/core");
  const models = await import("@igr/models");
  const rng = createRng(1);
  const prior = (size) => ({ loc: Array(size).fill(-1), scale: Array(size).fill(1) });
  const latentOf = (kind, variables) => {
    const size = { variables, categories: 10, temperature: 0.5 };
    if (kind === "gs") return new models.GumbelSoftmaxLatent(size);
    if (kind === "igr-sb") {
      const maxCategories = variables === 1 ? 50 : 10;
      const options = { variables, maxCategories, temperature: 0.1, prior: prior(maxCategories) };
      return new models.IgrStickBreakingLatent(options);
    }
    const planar = /^igr-planar-(\d+)$/.exec(kind);
    if (planar) {
      const options = { ...size, depth: Number(planar[1]), prior: prior(9), rng: rng.fork("flows") };
      return new models.IgrPlanarLatent(options);
    }
    return new models.IgrLatent({ ...size, prior: prior(9) });
  };
  const [architecture, ...rest] = name.split("-");
  if (architecture === "structured") {
    const preset = models.structuredPredictionMnist({ samples: Number(rest[0]) });
    return models.structuredPredictionFromPreset(preset, { relaxation: { kind: "igr", temperature: 0.5 }, rng });
  }
  if (architecture === "mixture") {
    const assignment = new models.IgrStickBreakingLatent({
      variables: 1,
      maxCategories: 20,
      temperature: 0.1,
      prior: prior(20),
    });
    return new models.DeepGaussianMixture({
      encoder: models.denseEncoder({ outputs: assignment.encoderOutputs + 20, rng: rng.fork("encoder") }),
      decoder: models.denseDecoder({ inputs: 10, rng: rng.fork("decoder") }),
      likelihood: new models.BernoulliLikelihood(),
      dimensions: 10,
      assignment,
      rng: rng.fork("components"),
    });
  }
  const isColour = architecture === "conv2";
  const likelihood = isColour ? new models.GaussianLikelihood({ scale: "learned" }) : new models.BernoulliLikelihood();
  if (rest[0] === "joint") {
    const preset = isColour ? models.jointVaeCelebA() : models.jointVaeMnist();
    return models.jointVaeFromPreset(preset, { discrete: latentOf(rest.slice(1).join("-"), 1), likelihood, rng });
  }
  const latent = latentOf(rest.join("-"), 30);
  const imageShape = isColour ? [64, 64, 3] : [32, 32, 1];
  const networks =
    architecture === "dense"
      ? {
          encoder: models.denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
          decoder: models.denseDecoder({ inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
        }
      : {
          encoder: models.convolutionalEncoder({
            imageShape,
            outputs: latent.encoderOutputs,
            rng: rng.fork("encoder"),
          }),
          decoder: models.convolutionalDecoder({ imageShape, inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
        };
  return new models.DiscreteVAE({ ...networks, latent, likelihood });
}

/** One case in this process: one JSON object to stdout. */
async function runCase(name) {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-layers");
  await import("@tensorflow/tfjs-backend-cpu");
  const { createRng } = await import("@igr/core");
  const { jit } = await import("@igr/jit");
  tf.env().set("PROD", true); // no banner
  await tf.setBackend("cpu");
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const model = await makeModel(name);
  const noise = createRng(2);
  const optimizer = tf.train.adam(1e-3);
  const variables = model.trainableVariables;
  const parameters = variables.reduce((sum, { size }) => sum + size, 0);
  const update = (x) =>
    optimizer.minimize(() => model.lossOf(model.elbo(x, noise, { training: true })), true, variables);
  const step = jit(update, { executor: "node", threads, rng: noise });
  const shape = model.imageShape ?? [784];
  const x = tf.tidy(() => tf.cast(tf.less(createRng(3).uniform([batch, ...shape]), 0.2), "float32"));
  const one = async () => {
    const loss = await step(x);
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
  // The first call compiles, the second traces once more.
  const started = performance.now();
  for (let i = 0; i < 3; i++) await one();
  const compiled = performance.now() - started;
  const tensors = tf.memory().numTensors;
  const times = [];
  const cpu = process.cpuUsage();
  let loss;
  for (let i = 0; i < steps; i++) {
    const begin = performance.now();
    loss = await one();
    times.push(performance.now() - begin);
  }
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    parameters,
    times,
    cpuPerStep: (user + system) / 1000 / steps,
    compiled,
    loss,
    residentMiB: (process.memoryUsage().rss - before) / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 1024 - before / 2 ** 20,
    leakedTensors: tf.memory().numTensors - tensors,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  await step.dispose();
}

function measure(name) {
  const words = ["--expose-gc", fileURLToPath(import.meta.url), "--child", name];
  for (const option of ["steps", "threads", "batch"]) words.push(`--${option}`, args[option]);
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`bench:models: ${name} failed\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

function main() {
  const names = Object.keys(titles).filter((name) => name.includes(args.cases));
  const loadBefore = loadavg()[0];
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      results[name].push(measure(name));
      console.error(
        `round ${round + 1} of ${rounds}: ${name} ${Math.min(...results[name].at(-1).times).toFixed(1)} ms`,
      );
    }
  }
  const rows = names.map((name) => {
    const all = results[name];
    const times = all.flatMap((each) => each.times).sort((a, b) => a - b);
    const least = (pick) => Math.min(...all.map(pick));
    return {
      name,
      title: titles[name],
      parameters: all[0].parameters,
      minimum: times[0],
      median: times[times.length >> 1],
      cpuPerStep: least(({ cpuPerStep }) => cpuPerStep),
      compiled: least(({ compiled }) => compiled),
      residentMiB: least(({ residentMiB }) => residentMiB),
      peakMiB: least(({ peakMiB }) => peakMiB),
      leakedTensors: Math.max(...all.map(({ leakedTensors }) => leakedTensors)),
    };
  });
  const report = { date: new Date().toISOString(), machine: thisMachine(), threads, batch, rounds, steps };
  const loads = { loadBefore, loadAfter: loadavg()[0] };
  const leaking = rows.filter(({ leakedTensors }) => leakedTensors > 0);
  if (leaking.length > 0) {
    throw new Error(`bench:models: tensors leak in ${leaking.map(({ name }) => name).join(", ")}`);
  }
  writeReport(args.out, { ...report, ...loads, rows });
  console.table(rows.map(({ title, ...numbers }) => ({ title, ...numbers })));
  console.log(
    `Wrote ${args.out}; \`npm run docs:results models-step\` writes docs/results/models-step.md from docs/results/models-step.json.`,
  );
}

if (args.child) await runCase(args.child);
else main();
