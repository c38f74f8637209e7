// The two training problems of bench/peers in tfjs.
import * as tf from "@tensorflow/tfjs-core";
import { CAPACITY, DELTA, GAMMA, makeBatches, problems, TEMPERATURE } from "./problem-data.mjs";

function softmaxPlusPlus(y) {
  const scaled = tf.div(y, TEMPERATURE);
  const remainder = tf.fill([...y.shape.slice(0, -1), 1], Math.log(DELTA));
  return tf.softmax(tf.concat([scaled, remainder], -1));
}

const gaussianKl = (loc, logScale) =>
  tf.sum(tf.sub(tf.mul(0.5, tf.sub(tf.add(tf.exp(tf.mul(2, logScale)), tf.square(loc)), 1)), logScale));

const bernoulli = (logits, x) => tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)));

const layer = (w, x, i) => tf.add(tf.matMul(x, w[2 * i]), w[2 * i + 1]);

function denseLoss(w, x, noise) {
  const batch = x.shape[0];
  const hidden = tf.relu(layer(w, tf.relu(layer(w, x, 0)), 1));
  const [loc, logScale] = tf.split(tf.reshape(layer(w, hidden, 2), [batch, 30, 18]), 2, 2);
  const z = softmaxPlusPlus(tf.add(loc, tf.mul(tf.exp(logScale), noise)));
  const decoded = tf.relu(layer(w, tf.relu(layer(w, tf.reshape(z, [batch, 300]), 3)), 4));
  return tf.div(tf.add(bernoulli(layer(w, decoded, 5), x), gaussianKl(loc, logScale)), batch);
}

function convLoss(w, x, noise) {
  const batch = x.shape[0];
  let h = x;
  for (let i = 0; i < 3; i++) h = tf.relu(tf.add(tf.conv2d(h, w[2 * i], 2, "same"), w[2 * i + 1]));
  const parameters = layer(w, tf.relu(layer(w, tf.reshape(h, [batch, 1024]), 3)), 4);
  const [mean, logSigma, loc, logScale] = tf.split(parameters, [10, 10, 9, 9], 1);
  const [continuousNoise, discreteNoise] = tf.split(noise, [10, 9], 1);
  const continuous = tf.add(mean, tf.mul(tf.exp(logSigma), continuousNoise));
  const discrete = softmaxPlusPlus(tf.add(loc, tf.mul(tf.exp(logScale), discreteNoise)));
  h = tf.reshape(tf.relu(layer(w, tf.relu(layer(w, tf.concat([continuous, discrete], 1), 5)), 6)), [batch, 4, 4, 64]);
  for (const [i, size, channels] of [
    [7, 8, 32],
    [8, 16, 32],
    [9, 32, 1],
  ]) {
    h = tf.add(tf.conv2dTranspose(h, w[2 * i], [batch, size, size, channels], 2, "same"), w[2 * i + 1]);
    if (i < 9) h = tf.relu(h);
  }
  const excess = (kl) => tf.abs(tf.sub(tf.div(kl, batch), CAPACITY));
  const kl = tf.add(excess(gaussianKl(mean, logSigma)), excess(gaussianKl(loc, logScale)));
  return tf.add(tf.div(bernoulli(h, x), batch), tf.mul(GAMMA, kl));
}

const losses = { dense: denseLoss, conv: convLoss };

/**
 * A fresh model on the active backend: `step(x, noise)` is one step of Adam and returns the loss, `batches()` makes the
 * tensors of eight batches, `variables` are its weights.
 */
export function makeProblem(name, batch) {
  const { weights, rate } = problems[name];
  const variables = weights().map(({ shape, values }) => tf.variable(tf.tensor(values, shape)));
  const optimizer = tf.train.adam(rate);
  const loss = (x, noise) => losses[name](variables, x, noise);
  return {
    variables,
    step: (x, noise) => optimizer.minimize(() => loss(x, noise), true, variables),
    lossAndGradients: (x, noise) => {
      const { value, grads } = tf.variableGrads(() => loss(x, noise), variables);
      return [value, ...Object.values(grads)];
    },
    batches: () =>
      makeBatches(name, batch).map(({ image, noise }) => [
        tf.tensor(image.values, image.shape),
        tf.tensor(noise.values, noise.shape),
      ]),
    dispose: () => {
      optimizer.dispose();
      tf.dispose(variables);
    },
  };
}
