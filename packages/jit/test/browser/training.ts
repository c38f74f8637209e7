import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { jit } from "../../src/jit.js";
import type { JitOptions } from "../../src/options.js";
import { TestRng } from "../test-rng.js";

const BATCH = 8;
const PIXELS = 20;

export interface TrainingReport {
  /** Largest difference of a loss or parameter between eager and compiled steps, relative to the larger of it and 0.01. */
  readonly difference: number;
  /** The losses of the compiled steps. */
  readonly losses: readonly number[];
  /** Tensors more than before the first compiled call, apart from the optimizer's slots. */
  readonly tensorsLeft: number;
  readonly summary: string;
}

interface Training {
  readonly step: (x: tf.Tensor2D) => tf.Scalar;
  readonly variables: () => readonly tf.Variable[];
  dispose(): void;
}

/** A variational autoencoder with Gaussian noise from a generator, trained by Adam: unmodified tfjs code. */
function makeTraining(rng: TestRng): Training {
  const dense = (units: number, activation: "relu" | "linear", seed: number, inputShape: number[]) =>
    layers.layers.dense({
      units,
      activation,
      inputShape,
      kernelInitializer: layers.initializers.glorotUniform({ seed }),
    });
  const encoder = layers.sequential({ layers: [dense(16, "relu", 1, [PIXELS]), dense(8, "linear", 2, [16])] });
  const decoder = layers.sequential({ layers: [dense(16, "relu", 3, [4]), dense(PIXELS, "linear", 4, [16])] });
  const optimizer = tf.train.adam(0.01);
  const loss = (x: tf.Tensor2D) => {
    const [loc, logScale] = tf.split(encoder.apply(x) as tf.Tensor2D, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const z = tf.add(loc, tf.mul(tf.exp(logScale), rng.normal([BATCH, 4])));
    const logits = decoder.apply(z) as tf.Tensor2D;
    const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1);
    const squares = tf.sub(tf.add(tf.square(loc), tf.exp(tf.mul(2, logScale))), tf.add(1, tf.mul(2, logScale)));
    return tf.mean(tf.add(reconstruction, tf.mul(0.5, tf.sum(squares, 1)))) as tf.Scalar;
  };
  const models = [encoder, decoder];
  return {
    step: (x) => optimizer.minimize(() => loss(x), true) as tf.Scalar,
    variables: () => models.flatMap(({ weights }) => weights.map((w) => (w as unknown as { val: tf.Variable }).val)),
    dispose: () => {
      for (const model of models) model.dispose();
      optimizer.dispose();
    },
  };
}

/** Trains the same model by eager and by compiled steps. */
export async function trainBothWays(options: JitOptions, steps: number): Promise<TrainingReport> {
  const { stepsPerCall = 1 } = options;
  const eager = makeTraining(new TestRng(5));
  const rng = new TestRng(5);
  const other = makeTraining(rng);
  const data = new TestRng(9);
  const batches = Array.from({ length: steps }, () => data.uniform([BATCH, PIXELS]) as tf.Tensor2D);

  const expected = batches.map((x) => tf.tidy(() => eager.step(x).dataSync()[0]!));
  const compiled = jit(other.step, { ...options, rng });
  const before = tf.memory().numTensors;
  const losses: number[] = [];
  for (let i = 0; i < steps; i += stepsPerCall) {
    const rows = batches.slice(i, i + stepsPerCall);
    const x = stepsPerCall === 1 ? rows[0]! : (tf.stack(rows) as tf.Tensor2D);
    const loss = await compiled(x);
    losses.push(...loss.dataSync());
    tf.dispose(stepsPerCall === 1 ? [loss] : [loss, x]);
  }
  const slots = 2 * other.variables().length;
  const tensorsLeft = tf.memory().numTensors - before - slots;
  let difference = 0;
  const compare = (actual: ArrayLike<number>, wanted: ArrayLike<number>) => {
    for (let i = 0; i < wanted.length; i++) {
      // Math.max of NaN is NaN.
      difference = Math.max(difference, Math.abs(actual[i]! - wanted[i]!) / Math.max(Math.abs(wanted[i]!), 1e-2));
    }
  };
  compare(losses, expected);
  for (const [i, variable] of other.variables().entries()) {
    compare(await variable.data(), eager.variables()[i]!.dataSync());
  }
  const summary = compiled.summary();
  await compiled.dispose();
  tf.dispose(batches);
  eager.dispose();
  other.dispose();
  return { difference, losses, tensorsLeft, summary };
}
