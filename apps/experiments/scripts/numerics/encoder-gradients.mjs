// The encoder's gradient over fresh noise: its mean and variance, and the loss whose gradient it is.
import { jit } from "@igr/jit";
import { tf } from "./libraries.mjs";

/** Latents of every model here. */
export const size = { variables: 20, categories: 10 };
/** Draws of each gradient. */
export const draws = 200;
export const threads = 2;

const variablesOf = (network) => network.trainableWeights.map((weight) => weight.read());

/** Mean, variance and count of gradients of `objective(x)` with respect to the encoder's weights, over fresh noise. */
export async function moments(model, x, objective, noise, count) {
  const variables = variablesOf(model.encoder);
  const gradient = jit(
    (x) => {
      const { grads } = tf.variableGrads(() => objective(x), variables);
      return tf.concat(variables.map(({ name }) => tf.reshape(grads[name], [-1])));
    },
    { rng: noise, threads },
  );
  let [mean, squares] = [];
  for (let draw = 0; draw < count; draw++) {
    const result = await gradient(x);
    const values = result.dataSync();
    result.dispose();
    mean ??= new Float64Array(values.length);
    squares ??= new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      // Welford's update: the variance of a constant gradient is exactly 0.
      const difference = values[i] - mean[i];
      mean[i] += difference / (draw + 1);
      squares[i] += difference * (values[i] - mean[i]);
    }
  }
  await gradient.dispose();
  return { mean, variance: squares.reduce((sum, each) => sum + each, 0) / (count - 1), count };
}

export const norm = (values) => Math.sqrt(values.reduce((sum, each) => sum + each * each, 0));

/** -log p(x | z), `[..., B, N, K] -> [..., B]`. */
export function reconstructionLoss(model, x) {
  const images = tf.reshape(x, [x.shape[0], -1]);
  return (z) => {
    const leading = z.shape.slice(0, -2);
    const outputs = model.decoder.apply(tf.reshape(z, [-1, size.variables * size.categories]));
    return tf.neg(model.likelihood.logProb(images, tf.reshape(outputs, [...leading, -1])));
  };
}
