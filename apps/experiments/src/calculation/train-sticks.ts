import { createRng, fitPrior, type Rng } from "@igr/core";
import { jit } from "@igr/jit";
import { BernoulliLikelihood, DiscreteVAE, denseNetwork, IgrStickBreakingLatent } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import { chooseEngine } from "../run/engine.js";
import type { CalculationOptions } from "./calculation.js";
import type { SticksPlan, SticksRecord, SticksSettings } from "./kept-categories.js";

const HIDDEN = 64;
const MEASURED = 1024;
const MEASUREMENTS = 20;

/** Trains the model of a plan, compiled, and counts the categories that its draws keep. */
export async function trainSticks(
  plan: SticksPlan,
  settings: SticksSettings,
  { onProgress, signal }: CalculationOptions,
): Promise<SticksRecord> {
  await chooseEngine("wasm");
  const rng = createRng(settings.seed);
  const model = modelOf(plan, settings, rng.fork("model"));
  const images = clusteredImages(plan.clusters, settings, rng.fork("patterns"));
  const optimizer = tf.train.adam(settings.learningRate);
  const noise = rng.fork("noise");
  const step = jit(
    (x: tf.Tensor2D) => optimizer.minimize(() => tf.neg(tf.mean(model.elbo(x, noise).elbo)), true) as tf.Scalar,
    { rng: noise },
  );
  const measured = images(rng.fork("measured"), MEASURED);
  const keptNow = () =>
    tf.tidy(() => {
      const { keptCategories } = model.elbo(measured, createRng(settings.seed));
      return tf.mean(keptCategories as tf.Tensor).dataSync()[0] as number;
    });
  try {
    const kept = [keptNow()];
    const data = rng.fork("data");
    const every = Math.ceil(settings.steps / MEASUREMENTS);
    for (let count = 1; count <= settings.steps; count += 1) {
      signal.throwIfAborted();
      const x = images(data, settings.batchSize);
      tf.dispose([await step(x), x]);
      if (count % every === 0) {
        kept.push(keptNow());
        onProgress(count / settings.steps);
      }
    }
    const { used, elbo } = tf.tidy(() => {
      const largest = tf.argMax(model.latent.sample(model.encode(measured), createRng(settings.seed)).z, -1);
      const bound = tf.mean(model.elbo(measured, createRng(settings.seed)).elbo);
      return { used: new Set(largest.dataSync()).size, elbo: bound.dataSync()[0] as number };
    });
    return { kept, used, elbo };
  } finally {
    await step.dispose();
    optimizer.dispose();
    model.dispose();
    measured.dispose();
    images.dispose();
  }
}

function modelOf(
  { priorCategories, learnPrior, rho, maxCategories }: SticksPlan,
  { temperature, pixels, seed }: SticksSettings,
  rng: Rng,
): DiscreteVAE {
  const target = Array.from({ length: maxCategories }, (_, k) => (k < priorCategories ? 1 / priorCategories : 0));
  const fitted = fitPrior({ transform: "stick-breaking", temperature, rho, target, scale: 1, rng: createRng(seed) });
  const [loc, scale] = [fitted.loc, fitted.scale].map((each) => Array.from(each.dataSync())) as [number[], number[]];
  fitted.dispose();
  const prior = { loc, scale, rho };
  const latent = new IgrStickBreakingLatent({ variables: 1, maxCategories, temperature, rho, prior, learnPrior });
  const { encoderOutputs, decoderInputs } = latent;
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: pixels, hidden: [HIDDEN], outputs: encoderOutputs, rng: rng.fork("encoder") }),
    decoder: denseNetwork({ inputs: decoderInputs, hidden: [], outputs: pixels, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

type Images = ((rng: Rng, count: number) => tf.Tensor2D) & { dispose(): void };

/** Draws images: a random pattern each, of which some pixels are flipped. */
function clusteredImages(clusters: number, { pixels, flipped }: SticksSettings, rng: Rng): Images {
  const patterns = tf.tidy(() => tf.less(rng.uniform([clusters, pixels]), 0.5));
  const draw = (from: Rng, count: number) =>
    tf.tidy(() => {
      const indices = tf.cast(tf.floor(tf.mul(from.uniform([count]), clusters)), "int32") as tf.Tensor1D;
      const isFlipped = tf.less(from.uniform([count, pixels]), flipped);
      return tf.cast(tf.logicalXor(tf.gather(patterns, indices), isFlipped), "float32") as tf.Tensor2D;
    });
  return Object.assign(draw, { dispose: () => patterns.dispose() });
}
