import { createRng, IGR } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose, numbers } from "../../test/values.js";
import {
  type IgrCategoricalEstimator,
  IgrCategoricalLatent,
  type IgrCategoricalLatentOptions,
} from "./igr-categorical-latent.js";

const make = (options: Partial<IgrCategoricalLatentOptions> = {}) =>
  new IgrCategoricalLatent({ variables: 2, categories: 3, temperature: 0.4, ...options });
const outputs = () => createRng(1).normal([1, 2, 4]) as tf.Tensor3D;

test("its probabilities are the frequencies of the argmax over draws of the IGR", () => {
  const latent = make();
  const { loc, scale } = latent.parameters(outputs());
  const z = new IGR({ loc: loc!, scale: scale!, temperature: 0.4 }).sample(createRng(2), [20_000]);
  const shares = tf.mean(tf.cast(tf.oneHot(tf.argMax(z, -1), 3), "float32"), 0);
  const probs = tf.exp(latent.discreteLogProbs({ loc: loc!, scale: scale! }));
  expectClose(probs, numbers(shares), { atol: 0.015 });
  expectClose(tf.sum(probs, 2), [1, 1], { rtol: 1e-5 });
  const drawn = tf.mean(latent.sample({ loc: loc!, scale: scale! }, createRng(3), [20_000]).z, 0);
  expectClose(drawn, numbers(probs), { atol: 0.015 });
});

/** A loss of both variables' one-hot draws, `[..., 1, 2, 3] -> [..., 1]`, which is quadratic in them. */
function quadratic(z: tf.Tensor): tf.Tensor {
  const weights = tf.tensor([0.4, -1, 2, 0.3, 1.5, -0.7], [6, 1]);
  const flat = tf.reshape(z, [-1, 6]);
  return tf.reshape(tf.square(tf.sub(tf.matMul(flat, weights as tf.Tensor2D), 0.5)), z.shape.slice(0, -2));
}

/** d (E log p(x | z) - KL) / d outputs by enumeration of the nine outcomes. */
function exactGradient(latent: IgrCategoricalLatent, x: tf.Tensor3D): number[] {
  const codes = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]));
  const z = tf.cast(tf.oneHot(tf.tensor2d(codes, undefined, "int32"), 3), "float32");
  const expectation = (given: tf.Tensor) => {
    const parameters = latent.parameters(given as tf.Tensor3D);
    const logProbs = latent.discreteLogProbs(parameters);
    const probs = tf.exp(tf.sum(tf.mul(z, logProbs), [1, 2]));
    const loss = tf.sum(tf.mul(probs, tf.reshape(quadratic(tf.expandDims(z, 1)), [9])));
    return tf.sub(tf.neg(loss), tf.sum(latent.kl(parameters))) as tf.Scalar;
  };
  return numbers(tf.grad(expectation)(x));
}

test.each<[IgrCategoricalEstimator]>([
  [{ kind: "reinmax", temperature: 1 }],
  [{ kind: "reinforce", baseline: "leave-one-out", samples: 4 }],
  [{ kind: "disarm", samples: 4 }],
])("the mean gradient of %o reaches loc and scale as that by enumeration", (estimator) => {
  const latent = make({ estimator });
  const x = outputs();
  const copies = 400;
  const gradient = tf.grad((given) => {
    const { elbo } = latent.trainingTerms(
      latent.parameters(given as tf.Tensor3D),
      (input) => tf.neg(quadratic(input)),
      createRng(4),
    );
    return tf.sum(elbo);
  })(tf.tile(x, [copies, 1, 1]));
  const { mean, variance } = tf.moments(gradient, 0);
  const expected = tf.tensor(exactGradient(latent, x), [2, 4]);
  const scores = numbers(tf.div(tf.sub(mean, expected), tf.add(tf.sqrt(tf.div(variance, copies)), 1e-5)));
  expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4);
});

test("a temperature schedule applies to softmax++ if the Jacobian is that of softmax++, otherwise to the estimator", () => {
  const at = tf.scalar(0.8);
  const parameters = make().parameters(outputs());
  const own = make({ estimator: { kind: "igr-straight-through" } });
  expect(numbers(own.discreteLogProbs(parameters, { temperature: at }))).toEqual(
    numbers(make({ temperature: 0.8 }).discreteLogProbs(parameters)),
  );
  expect(numbers(make().discreteLogProbs(parameters, { temperature: at }))).toEqual(
    numbers(make().discreteLogProbs(parameters)),
  );
  expect(own.hasTemperature).toBe(true);
  expect(make({ estimator: { kind: "disarm" } }).hasTemperature).toBe(false);
});

test("rejects unknown options", () => {
  expect(() => make({ estimator: { kind: "magic" } as never })).toThrow(
    "IgrCategoricalLatent: estimator: kind must be 'igr-straight-through', 'igr-rao', 'straight-through'",
  );
  expect(() => make({ estimator: { kind: "igr-rao", draws: 3 } as never })).toThrow(
    "IgrCategoricalLatent: estimator: options must be among 'kind', 'samples' or 'conditionalDraws', got 'draws'",
  );
  expect(() => make({ temperature: 0 })).toThrow("IgrCategoricalLatent: temperature must be a finite number > 0");
});
