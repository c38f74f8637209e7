import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

const AGREE = { rtol: 1e-3, atol: 1e-5 };

interface Training {
  /** One training step; returns the loss. */
  readonly step: (x: tf.Tensor) => tf.Scalar;
  readonly variables: () => readonly tf.Variable[];
}

/** Runs `steps` steps of two equal trainings, one of them compiled, and compares losses and then all variables. */
async function expectSameTrajectory(make: (rng: TestRng) => Training, data: (i: number) => tf.Tensor, steps: number) {
  const eager = make(new TestRng(5));
  const rng = new TestRng(5);
  const other = make(rng);
  copy(eager.variables(), other.variables());
  const compiled = jit(other.step, { rng });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const x = data(i);
    const expected = eager.step(x);
    const loss = await compiled(x);
    expectClose(loss, expected, AGREE, `loss of step ${i}`);
    losses.push(loss.dataSync()[0]!);
    tf.dispose([x, expected, loss]);
  }
  const variables = other.variables();
  for (const [i, expected] of eager.variables().entries()) {
    expectClose(variables[i]!, expected, AGREE, `variable ${expected.name} of shape [${expected.shape}]`);
  }
  await compiled.dispose();
  return losses;
}

function copy(from: readonly tf.Variable[], to: readonly tf.Variable[]): void {
  expect(to.map(({ shape }) => shape)).toEqual(from.map(({ shape }) => shape));
  for (const [i, variable] of from.entries()) to[i]!.assign(tf.clone(variable));
}

/** The variables behind the weights of a layers model. */
function weightsOf(...models: readonly layers.LayersModel[]): tf.Variable[] {
  return models.flatMap((model) => model.weights.map((weight) => (weight as unknown as { val: tf.Variable }).val));
}

const images = (size: number) => (i: number) => {
  const noise = tf.randomUniform([8, ...(size === 8 ? [8, 8, 1] : [size])], 0, 1, "float32", i + 1);
  return tf.cast(tf.greater(noise, 0.5), "float32");
};

test("a dense VAE with a softmax++ latent: 100 steps", async () => {
  const initializer = (seed: number) => layers.initializers.glorotUniform({ seed });
  const dense = (units: number, activation: "relu" | "linear", seed: number, inputShape?: number[]) =>
    layers.layers.dense({
      units,
      activation,
      kernelInitializer: initializer(seed),
      ...(inputShape ? { inputShape } : {}),
    });
  const make = (rng: TestRng): Training => {
    const encoder = layers.sequential({ layers: [dense(24, "relu", 1, [30]), dense(12, "linear", 2)] });
    const decoder = layers.sequential({ layers: [dense(24, "relu", 3, [9]), dense(30, "linear", 4)] });
    const optimizer = tf.train.adam(0.01);
    const loss = (x: tf.Tensor) => {
      const [loc, logScale] = tf.split(encoder.apply(x) as tf.Tensor2D, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const y = tf.div(tf.add(loc, tf.mul(tf.exp(logScale), rng.normal([8, 6]))), 0.5);
      // Two latents with three free coordinates each: exp(y) / (sum exp(y) + 0.1), and the remainder.
      const grouped = tf.reshape(y, [8, 2, 3]);
      const shift = tf.relu(tf.max(grouped, 2, true));
      const exponentials = tf.exp(tf.sub(grouped, shift));
      const denominator = tf.add(tf.sum(exponentials, 2, true), tf.mul(tf.exp(tf.neg(shift)), 0.1));
      const head = tf.div(exponentials, denominator);
      const z = tf.concat([head, tf.slice(tf.mul(head, 0.3), [0, 0, 0], [8, 2, 1])], 2);
      const latent = tf.concat([tf.reshape(z, [8, 8]), tf.ones([8, 1])], 1);
      const logits = decoder.apply(latent) as tf.Tensor;
      const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1);
      const scale2 = tf.exp(tf.mul(logScale, 2));
      const kl = tf.sum(tf.sub(tf.mul(tf.add(scale2, tf.square(loc)), 0.5), tf.add(logScale, 0.5)), 1);
      return tf.mean(tf.add(reconstruction, kl)) as tf.Scalar;
    };
    return {
      step: (x) => optimizer.minimize(() => loss(x), true) as tf.Scalar,
      variables: () => weightsOf(encoder, decoder),
    };
  };
  const losses = await expectSameTrajectory(make, images(30), 100);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
}, 120_000);

test("a convolutional autoencoder with batch and layer normalization: 100 steps", async () => {
  const make = (): Training => {
    let seed = 0;
    const kernelInitializer = () => layers.initializers.glorotNormal({ seed: ++seed });
    const same = { padding: "same" as const, kernelSize: 3 };
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          ...same,
          filters: 4,
          strides: 2,
          inputShape: [8, 8, 1],
          kernelInitializer: kernelInitializer(),
        }),
        layers.layers.batchNormalization({ momentum: 0.9 }),
        layers.layers.activation({ activation: "relu" }),
        layers.layers.flatten(),
        layers.layers.dense({ units: 12, activation: "tanh", kernelInitializer: kernelInitializer() }),
        layers.layers.layerNormalization(),
        layers.layers.dense({ units: 64, activation: "elu", kernelInitializer: kernelInitializer() }),
        layers.layers.reshape({ targetShape: [4, 4, 4] }),
        layers.layers.conv2dTranspose({ ...same, filters: 1, strides: 2, kernelInitializer: kernelInitializer() }),
      ],
    });
    const optimizer = tf.train.rmsprop(0.003);
    return {
      step: (x) =>
        optimizer.minimize(() => {
          const logits = model.apply(x, { training: true }) as tf.Tensor;
          return tf.losses.sigmoidCrossEntropy(x, logits) as tf.Scalar;
        }, true) as tf.Scalar,
      variables: () => weightsOf(model),
    };
  };
  const losses = await expectSameTrajectory(make, images(8), 100);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
}, 120_000);

test("inference of a layers model, with batch normalization's moving averages", async () => {
  const model = layers.sequential({
    layers: [
      layers.layers.dense({ units: 5, activation: "sigmoid", inputShape: [4] }),
      layers.layers.batchNormalization(),
      layers.layers.dropout({ rate: 0.5 }),
      layers.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  const predict = jit((x: tf.Tensor) => model.apply(x) as tf.Tensor);
  const x = tf.randomNormal([6, 4], 0, 1, "float32", 1);
  expectClose(await predict(x), model.apply(x) as tf.Tensor, { rtol: 1e-5, atol: 1e-6 }, "prediction");
  model.layers[1]!.setWeights([tf.fill([5], 2), tf.fill([5], 1), tf.fill([5], 0.3), tf.fill([5], 0.2)]);
  expectClose(await predict(x), model.apply(x) as tf.Tensor, { rtol: 1e-5, atol: 1e-6 }, "after setWeights");
  await predict.dispose();
});

test("a layers model with dropout trains, with fresh masks", async () => {
  const model = layers.sequential({
    layers: [layers.layers.dropout({ rate: 0.5, inputShape: [200] })],
  });
  const rng = new TestRng(2);
  const apply = jit((x: tf.Tensor) => model.apply(x, { training: true }) as tf.Tensor, { rng });
  const x = tf.ones([2, 200]);
  const masks = [await apply(x), await apply(x)].map((mask) => [...mask.dataSync()]);
  for (const mask of masks) expect(new Set(mask)).toEqual(new Set([0, 2]));
  expect(masks[0]).not.toEqual(masks[1]);
  await apply.dispose();
});

test("the same seed gives the same bits in every run", async () => {
  const train = async () => {
    const rng = new TestRng(4);
    const w = tf.variable(tf.randomNormal([20, 20], 0, 0.1, "float32", 3));
    const optimizer = tf.train.adam(0.01);
    const step = jit(
      (x: tf.Tensor2D) =>
        optimizer.minimize(
          () => tf.mean(tf.square(tf.matMul(tf.add(x, rng.normal([16, 20])), w as tf.Tensor2D))),
          true,
        ),
      { rng, threads: 2 },
    );
    for (let i = 0; i < 20; i++) (await step(tf.ones([16, 20])))!.dispose();
    await step.dispose();
    return [...w.dataSync()];
  };
  expect(await train()).toEqual(await train());
});
