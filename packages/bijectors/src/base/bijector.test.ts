import { Parameter, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { Affine, Bijector, Chain, Exp, Permute, Sigmoid } from "../index.js";

/** What a user writes: three hooks and nothing else. */
class Cube extends Bijector {
  readonly eventRank = 0;
  protected _forward(x: tf.Tensor) {
    return tf.mul(x, tf.square(x));
  }
  protected _inverse(y: tf.Tensor) {
    return tf.mul(tf.sign(y), tf.exp(tf.div(tf.log(tf.abs(y)), 3)));
  }
  protected _forwardLogDetJacobian(x: tf.Tensor) {
    return tf.log(tf.mul(3, tf.square(x)));
  }
}

/** The same with its parameters stated. */
class Power extends Bijector {
  readonly eventRank = 0;
  readonly exponent: Parameter;
  constructor(exponent: number | tf.Tensor) {
    super();
    this.exponent = new Parameter("Power", "exponent", exponent, positive);
  }
  override get parameters() {
    return { exponent: this.exponent };
  }
  override get batchShape() {
    return this.exponent.shape;
  }
  protected _forward(x: tf.Tensor) {
    return tf.exp(tf.mul(this.exponent.tensor, tf.log(x)));
  }
  protected _inverse(y: tf.Tensor) {
    return tf.exp(tf.div(tf.log(y), this.exponent.tensor));
  }
  protected _forwardLogDetJacobian(x: tf.Tensor) {
    const power = this.exponent.tensor;
    return tf.add(tf.log(power), tf.mul(tf.sub(power, 1), tf.log(x)));
  }
}

bijectorLaws("a bijector of the user's own", new Power(2.5), { size: 3, low: 1, high: 2 });

test("a bijector that does not state its parameters equals itself alone", () => {
  const cube = new Cube();
  expect(cube.equals(cube)).toBe(true);
  expect(cube.equals(new Cube())).toBe(false);
  expect(new Power(2).equals(new Power(2))).toBe(true);
  expect(new Power(2).equals(new Power(3))).toBe(false);
  expect(new Power(2).equals(new Exp())).toBe(false);
});

test("a bijector of the user's own is inverted and chained like the others", () => {
  const chain = new Chain([new Cube(), new Affine({ scale: 2 })]);
  const { value, logDet } = chain.forwardAndLogDet([1, -2]);
  expect(value).toBeAllClose([8, -64]);
  expect(logDet).toBeAllClose([Math.log(24), Math.log(96)]);
  expect(chain.inverseAndLogDet(value).logDet).toBeAllClose([-Math.log(24), -Math.log(96)]);
});

test("arguments are tensors or anything tfjs makes one of", () => {
  const expected = [Math.E, Math.E ** 2];
  expect(new Exp().forward([1, 2])).toBeAllClose(tf.tensor1d(expected));
  expect(new Exp().forward(Float32Array.of(1, 2))).toBeAllClose(tf.tensor1d(expected));
  expect(new Exp().forward([[1], [2]])).toBeAllClose(tf.tensor2d(expected, [2, 1]));
  expect(new Exp().forward(1)).toBeAllClose(tf.scalar(Math.E));
});

test("a result that is the argument is a tensor of its own", () => {
  const x = tf.tensor1d([1, 2]);
  const logDet = new Exp().forwardLogDetJacobian(x);
  logDet.dispose();
  expect(x.isDisposed).toBe(false);
});

test("gradients reach the argument and a variable in one pass", () => {
  const scale = tf.variable(tf.scalar(3));
  const affine = new Affine({ scale });
  const { grads } = tf.variableGrads(() => tf.sum(affine.forwardLogDetJacobian([1, 2])) as tf.Scalar);
  expect(grads[scale.name] as tf.Tensor).toBeAllClose(2 / 3);
  scale.dispose();
});

test("validate takes three values", () => {
  expect(() => new Permute({ permutation: [0], validate: "value" as "values" })).toThrow(
    new RangeError("Permute: validate must be 'shapes', 'values' or false, got 'value'"),
  );
});

test("validate: false leaves out every check", () => {
  const permute = new Permute({ permutation: [1, 0], validate: false });
  expect(permute.forward([10, 20, 30])).toBeAllClose([20, 10]);
});

describe("a program without a required import gets an error that names it", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  test("gradients, once one is taken", async () => {
    vi.resetModules();
    const fresh = await import("../index.js");
    const gradient = tf.getGradient("Sum");
    tf.unregisterGradient("Sum");
    try {
      const sigmoid = new fresh.Sigmoid();
      expect(sigmoid.forward(0)).toBeAllClose(0.5);
      expect(() => tf.grad((x) => sigmoid.forward(x))(tf.scalar(0))).toThrow(
        'Sigmoid: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs"',
      );
    } finally {
      tf.registerGradient(gradient);
    }
    expect(tf.grad((x) => new Sigmoid().forward(x))(tf.scalar(0))).toBeAllClose(0.25);
  });
});

test.each([undefined, "1", ["a"], {}, () => 1])("an argument that is not numeric is rejected by name: %o", (given) => {
  const message = "Exp.forward: x must be a tensor, a number or an array of numbers, got ";
  expect(() => new Exp().forward(given as never)).toThrow(message);
});
