// A training run that a test kills: `node train.mjs <folder>`. Prints "ready" when training begins and a hash of its
// results at the end. With KILL_AT=n it kills itself at the n-th file operation, in the middle of it if it is a write.
import { createHash } from "node:crypto";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { createRng } from "@igr/core";
import { BernoulliLikelihood, DiscreteVAE, denseNetwork, fit, GumbelSoftmaxLatent } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";

const [dir] = process.argv.slice(2);
const SIDE = 4;
const BATCH = 8;
const die = () => process.kill(process.pid, "SIGKILL");

if (process.env.KILL_AT) {
  let operations = 0;
  const isTime = () => ++operations === Number(process.env.KILL_AT);
  const fs = process.getBuiltinModule("node:fs/promises");
  for (const name of ["mkdir", "rename", "rm"]) {
    const original = fs[name];
    fs[name] = (...args) => (isTime() ? die() : original(...args));
  }
  const { open } = fs;
  fs.open = async (...args) => {
    if (isTime()) die();
    const handle = await open(...args);
    const writeFile = handle.writeFile.bind(handle);
    handle.writeFile = async (content) => {
      if (isTime()) {
        await writeFile(content.slice(0, content.length / 2));
        die();
      }
      return writeFile(content);
    };
    return handle;
  };
}

tf.enableProdMode();
const images = Array.from({ length: 6 * BATCH }, (_, i) =>
  Array.from({ length: SIDE * SIDE }, (_, pixel) => Number(pixel % SIDE === (i * 7 + (i >> 3)) % SIDE)),
);
const dataset = {
  *batches({ batchSize, shuffle, rng, dropRemainder }) {
    const words = new Uint32Array(images.length);
    if (shuffle) rng.bits(words);
    const order = [...images.keys()].sort((a, b) => words[a] - words[b] || a - b);
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      if (!dropRemainder || batch.length === batchSize) yield tf.tensor2d(batch.map((index) => images[index]));
    }
  },
};
const rng = createRng(1);
const latent = new GumbelSoftmaxLatent({ variables: 2, categories: 3, temperature: 0.67 });
const model = new DiscreteVAE({
  encoder: denseNetwork({ inputs: SIDE * SIDE, hidden: [6], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
  decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [6], outputs: SIDE * SIDE, rng: rng.fork("d") }),
  latent,
  likelihood: new BernoulliLikelihood(),
});
const optimizer = tf.train.adam(0.02);
const history = await fit(model, dataset, {
  epochs: 8,
  batchSize: BATCH,
  optimizer,
  rng: rng.fork("fit"),
  validationData: dataset,
  engine: "eager",
  schedules: { learningRate: { kind: "cosine", from: 0.02, to: 0.001, steps: 40, warmup: 5 } },
  checkpoint: { dir, everySteps: 4 },
  callbacks: { onTrainBegin: () => console.log("ready") },
});
const hash = createHash("sha256");
for (const { variable } of model.namedVariables()) hash.update(variable.dataSync());
for (const { tensor } of await optimizer.getWeights()) hash.update(tensor.dataSync());
hash.update(JSON.stringify(history.epochs.map(({ seconds, imagesPerSecond, ...log }) => log)));
console.log(`hash ${hash.digest("hex")}`);
