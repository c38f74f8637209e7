// The training problems of bench/peers in jax-js. Every use of an array except the last needs `.ref`.
import { blockUntilReady, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { CAPACITY, DELTA, GAMMA, makeBatches, problems, TEMPERATURE } from "../problem-data.mjs";

const sum = (x) => np.sum(x);
const exp = (x) => np.exp(x);

function softmaxPlusPlus(y) {
  const remainder = np.full([...y.shape.slice(0, -1), 1], Math.log(DELTA));
  return nn.softmax(np.concatenate([y.mul(1 / TEMPERATURE), remainder], -1), -1);
}

const gaussianKl = (loc, logScale) => sum(exp(logScale.ref.mul(2)).add(np.square(loc)).sub(1).mul(0.5).sub(logScale));

const bernoulli = (logits, x) => sum(nn.softplus(logits.ref).sub(x.mul(logits)));

const layer = (w, x, i) => np.matmul(x, w[2 * i].ref).add(w[2 * i + 1].ref);

function parts(x, sizes) {
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0));
  return np.split(x, ends.slice(0, -1), -1);
}

function denseLoss(w, x, noise) {
  const [batch] = x.shape;
  const h = nn.relu(layer(w, nn.relu(layer(w, x.ref, 0)), 1));
  const [loc, logScale] = parts(layer(w, h, 2).reshape([batch, 30, 18]), [9, 9]);
  const z = softmaxPlusPlus(loc.ref.add(exp(logScale.ref).mul(noise)));
  const g = nn.relu(layer(w, nn.relu(layer(w, z.reshape([batch, 300]), 3)), 4));
  const loss = bernoulli(layer(w, g, 5), x)
    .add(gaussianKl(loc, logScale))
    .mul(1 / batch);
  for (const a of w) a.dispose();
  return loss;
}

/** Channels first; `convWeights` permutes the filters once. */
function convLoss(w, x, noise) {
  const [batch] = x.shape;
  const bias = (i) => w[2 * i + 1].ref.reshape([1, -1, 1, 1]);
  const pads = [
    [1, 1],
    [1, 1],
  ];
  const transposedPads = [
    [2, 2],
    [2, 2],
  ];
  let h = x.ref;
  for (let i = 0; i < 3; i++) h = nn.relu(lax.convGeneralDilated(h, w[2 * i].ref, [2, 2], pads).add(bias(i)));
  const flat = np.transpose(h, [0, 2, 3, 1]).reshape([batch, 1024]);
  const [mean, logSigma, loc, logScale] = parts(layer(w, nn.relu(layer(w, flat, 3)), 4), [10, 10, 9, 9]);
  const [continuousNoise, discreteNoise] = parts(noise, [10, 9]);
  const continuous = mean.ref.add(exp(logSigma.ref).mul(continuousNoise));
  const discrete = softmaxPlusPlus(loc.ref.add(exp(logScale.ref).mul(discreteNoise)));
  const z = np.concatenate([continuous, discrete], -1);
  h = nn.relu(layer(w, nn.relu(layer(w, z, 5)), 6)).reshape([batch, 4, 4, 64]);
  h = np.transpose(h, [0, 3, 1, 2]);
  for (let i = 7; i < 10; i++) {
    const options = { lhsDilation: [2, 2] };
    h = lax.convGeneralDilated(h, w[2 * i].ref, [1, 1], transposedPads, options).add(bias(i));
    if (i < 9) h = nn.relu(h);
  }
  const excess = (kl) => np.abs(kl.mul(1 / batch).sub(CAPACITY));
  const kl = excess(gaussianKl(mean, logSigma)).add(excess(gaussianKl(loc, logScale)));
  const loss = bernoulli(h, x)
    .mul(1 / batch)
    .add(kl.mul(GAMMA));
  for (const a of w) a.dispose();
  return loss;
}

function array({ shape, values }) {
  return np.array(values).reshape(shape);
}

/** A fresh model on jax-js' default device: resolves to `step(k)`, which is one step of Adam on batch k and resolves to the loss. */
export function makeJaxSteps(model, batch) {
  const isDense = model === "dense";
  const { weights: make, rate } = problems[model];
  const loss = isDense ? denseLoss : convLoss;
  let weights = make().map((weight, i) => {
    const a = array(weight);
    if (isDense || weight.shape.length !== 4) return a;
    // Forward filters [h, w, in, out] to [out, in, h, w]; transposed ones [h, w, out, in] too, flipped.
    if (i < 6) return np.transpose(a, [3, 2, 0, 1]);
    return np.flip(np.transpose(a, [2, 3, 0, 1]), [2, 3]);
  });
  let first = weights.map((w) => np.zeros(w.shape));
  let second = weights.map((w) => np.zeros(w.shape));
  const batches = makeBatches(model, batch).map(({ image, noise }) => {
    const x = array(image);
    return [isDense ? x : np.transpose(x, [0, 3, 1, 2]), array(noise)];
  });
  const gradients = valueAndGrad(loss);
  const train = jit((w, m, v, x, noise, scale, correction) => {
    const [value, g] = gradients(
      w.map((a) => a.ref),
      x,
      noise,
    );
    const m1 = m.map((a, i) => a.mul(0.9).add(g[i].ref.mul(0.1)));
    const v1 = v.map((a, i) => a.mul(0.999).add(np.square(g[i]).mul(0.001)));
    const w1 = w.map((a, i) => a.sub(scale.ref.mul(m1[i].ref).div(np.sqrt(v1[i].ref.mul(correction.ref)).add(1e-7))));
    scale.dispose();
    correction.dispose();
    return [value, w1, m1, v1];
  });
  let count = 0;
  return async (k) => {
    count++;
    const scale = np.array(rate / (1 - 0.9 ** count));
    const correction = np.array(1 / (1 - 0.999 ** count));
    const [x, noise] = batches[k % batches.length];
    const [value, w1, m1, v1] = train(weights, first, second, x.ref, noise.ref, scale, correction);
    [weights, first, second] = [w1, m1, v1];
    await blockUntilReady([w1, m1, v1]);
    return (await value.data())[0];
  };
}
