import { detached, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import { digammaGap } from "./digamma.js";
import { expRemainder } from "./exp-remainder.js";
import { logConcaveMoments } from "./log-concave-tail.js";

// A proposal is accepted with probability 0.95 or more, so all of them fail in one of 10^9 draws.
const rounds = 7;

/**
 * Logarithms of gamma draws of rate 1, of the shape of `concentration`: finite where the draw itself underflows, as
 * most draws do for a concentration below 0.05. Differentiable in the concentration by implicit reparameterization.
 *
 * Marsaglia and Tsang (2000) with their lift by 1 for every concentration, and a fixed number of proposals, so that a
 * compiler can trace it; if all of them are rejected, with probability 10^-9, the proposal's median is used.
 */
export function drawLogGamma(rng: Rng, concentration: tf.Tensor): tf.Tensor {
  const { shape } = concentration;
  const normals = rng.normal([rounds, ...shape]);
  // Standard exponential draws, the negative logarithms of uniform ones.
  const exponentials = tf.exp(tf.neg(rng.gumbel([rounds + 1, ...shape])));
  const draw = detached(
    (a, noise, waits) => {
      const d = tf.add(a as tf.Tensor, 2 / 3);
      const c = tf.reciprocal(tf.sqrt(tf.mul(9, d)));
      let logCube: tf.Tensor = tf.zerosLike(d);
      for (let round = rounds - 1; round >= 0; round--) {
        const x = row(noise as tf.Tensor, round);
        const base = tf.add(1, tf.mul(c, x));
        const logV = tf.mul(3, tf.log(tf.maximum(base, 1e-30)));
        const bound = tf.add(tf.mul(0.5, tf.square(x)), tf.mul(d, tf.sub(logV, tf.expm1(logV))));
        const isAccepted = tf.logicalAnd(
          tf.greater(base, 0),
          tf.greater(bound, tf.neg(row(waits as tf.Tensor, round))),
        );
        logCube = tf.where(isAccepted, logV, logCube);
      }
      const ofLifted = tf.add(tf.log(d), logCube);
      return tf.sub(ofLifted, tf.div(row(waits as tf.Tensor, rounds), a as tf.Tensor));
    },
    concentration,
    normals,
    exponentials,
  );
  return withGradient(
    (_, logDraw) => tf.clone(logDraw as tf.Tensor),
    (upstream, a, logDraw) => [
      tf.mul(upstream, logDrawSlope(a as tf.Tensor, logDraw as tf.Tensor)),
      tf.zerosLike(logDraw as tf.Tensor),
    ],
    concentration,
    draw,
  );
}

function row(x: tf.Tensor, index: number): tf.Tensor {
  const shape = x.shape.slice(1);
  return tf.reshape(tf.slice(x, [index, ...shape.map(() => 0)], [1, ...shape]), shape);
}

/**
 * d log x / d a of a gamma draw x of concentration a whose rank among the draws is kept: -(dF/da) / (x p(x)), with F the
 * cdf and p the density (Figurnov, Mohamed and Mnih 2018, "Implicit reparameterization gradients", eq 5). The smaller
 * tail is x p(x) times an integral, as in logIncompleteGamma, so its derivative is that of the logarithm of both.
 */
export function logDrawSlope(a: tf.Tensor, logX: tf.Tensor): tf.Tensor {
  const { size, shape } = a;
  const x = tf.exp(logX);
  const isUpper = tf.sub(1, tf.step(tf.sub(a, x)));
  const isLower = tf.sub(1, isUpper);
  const direction = tf.sub(isUpper, isLower);
  const column = (v: tf.Tensor) => tf.reshape(v, [size, 1]);
  const [sign, slope, factor] = [column(direction), column(tf.add(tf.sub(a, x), isLower)), column(x)];
  const { logMass, mean } = logConcaveMoments(size, (s) => {
    const t = tf.mul(sign, s);
    return tf.sub(tf.mul(slope, t), tf.mul(factor, expRemainder(tf.minimum(t, 80))));
  });
  const mass = tf.exp(tf.reshape(logMass, shape));
  const shift = tf.mul(direction, tf.reshape(mean, shape));
  // The lower integral is (1 + x mass) / a, with the mass of a + 1.
  const lifted = tf.mul(isLower, tf.mul(x, mass));
  const integral = tf.add(tf.mul(isUpper, mass), tf.mul(isLower, tf.div(tf.add(1, lifted), a)));
  const lowerShift = tf.sub(tf.div(tf.mul(lifted, shift), tf.add(1, lifted)), tf.reciprocal(a));
  const logSlope = tf.add(
    tf.add(tf.sub(logX, tf.log(a)), digammaGap(a)),
    tf.add(tf.mul(isUpper, shift), tf.mul(isLower, lowerShift)),
  );
  return tf.mul(tf.mul(direction, integral), logSlope);
}
