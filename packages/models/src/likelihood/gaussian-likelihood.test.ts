import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/values.js";
import { GaussianLikelihood } from "./gaussian-likelihood.js";

const logNormal = (x: number, mean: number, scale: number) =>
  -0.5 * ((x - mean) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI);
const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const elu = (v: number) => (v > 0 ? v : Math.expm1(v));

const x = [0, 0.25, 1];
const first = [-0.5, 0.3, 2];
const second = [-3, 0, 1.5];
const sum = (f: (i: number) => number) => x.reduce((total, _, i) => total + f(i), 0);

describe("log-density against float64", () => {
  test("with a fixed scale", () => {
    const likelihood = new GaussianLikelihood({ scale: 0.3 });
    const value = likelihood.logProb(tf.tensor2d([x]), tf.tensor2d([first]));
    expectClose(value, [sum((i) => logNormal(x[i]!, first[i]!, 0.3))], { rtol: 1e-6 });
    expect(likelihood.trainableVariables).toEqual([]);
  });

  test.each([0.05, 1, 50])("with one learned scale, initially %d, and its gradient", (initialScale) => {
    const likelihood = new GaussianLikelihood({ scale: "learned", floor: 0.01, initialScale });
    const value = likelihood.logProb(tf.tensor2d([x]), tf.tensor2d([first]));
    expectClose(value, [sum((i) => logNormal(x[i]!, first[i]!, initialScale))], { rtol: 1e-5 });

    const [variable] = likelihood.trainableVariables;
    const { grads } = tf.variableGrads(
      () => tf.sum(likelihood.logProb(tf.tensor2d([x]), tf.tensor2d([first]))) as tf.Scalar,
      [variable!],
    );
    // d scale / d raw = sigmoid(raw) = 1 - exp(-(scale - floor)).
    const slope = sum((i) => ((x[i]! - first[i]!) / initialScale) ** 2 / initialScale - 1 / initialScale);
    expectClose(grads[variable!.name]!, [slope * -Math.expm1(-(initialScale - 0.01))], { rtol: 1e-4 });
    likelihood.dispose();
  });

  test("with a scale per pixel, from the second block of outputs", () => {
    const likelihood = new GaussianLikelihood({ scale: "per-pixel", floor: 0.1, mean: "sigmoid" });
    expect(likelihood.outputsPerPixel).toBe(2);
    const outputs = tf.tensor2d([[...first, ...second]]);
    const expected = sum((i) => logNormal(x[i]!, sigmoid(first[i]!), softplus(second[i]!) + 0.1));
    expectClose(likelihood.logProb(tf.tensor2d([x]), outputs), [expected], { rtol: 1e-5 });
    expectClose(likelihood.mean(outputs), first.map(sigmoid), { rtol: 1e-6 });
  });

  test("as in the paper's programs", () => {
    const likelihood = GaussianLikelihood.paperPreset();
    const outputs = tf.tensor2d([[...first, ...second]]);
    const expected = sum((i) => logNormal(x[i]!, sigmoid(elu(first[i]!)), softplus(elu(second[i]!)) + 1e-6));
    expectClose(likelihood.logProb(tf.tensor2d([x]), outputs), [expected], { rtol: 1e-5 });
  });

  test("the floor bounds it: a pixel that is always 0 contributes -log(floor) - 0.92 nats", () => {
    const likelihood = new GaussianLikelihood({ scale: "per-pixel", floor: 1e-6 });
    const value = likelihood.logProb(tf.tensor2d([[0]]), tf.tensor2d([[0, -100]]));
    expectClose(value, [12.8966], { rtol: 1e-4 });
  });
});

test("describes itself", () => {
  expect(new GaussianLikelihood({ scale: 0.5 }).description).toBe("Gaussian pixels, mean output, scale fixed at 0.5");
  expect(GaussianLikelihood.paperPreset().description).toBe(
    "Gaussian pixels, mean sigmoid(elu(output)), scale per pixel with floor 0.000001",
  );
});

test("its config makes an equal likelihood", () => {
  const likelihood = GaussianLikelihood.paperPreset();
  const { kind, ...options } = likelihood.config();
  expect(kind).toBe("gaussian");
  expect(new GaussianLikelihood(options).config()).toEqual(likelihood.config());
});

test("only the result stays in memory", () => {
  const likelihood = new GaussianLikelihood({ scale: "learned" });
  const images = tf.tensor2d([x]);
  const outputs = tf.tensor2d([first]);
  const before = tf.memory().numTensors;
  likelihood.logProb(images, outputs).dispose();
  expect(tf.memory().numTensors).toBe(before);
  likelihood.dispose();
  expect(tf.memory().numTensors).toBe(before - 1);
});

test("rejects numbers out of range", () => {
  expect(() => new GaussianLikelihood({ scale: 0 })).toThrow(
    "GaussianLikelihood: scale must be a finite number > 0, got 0",
  );
  expect(() => new GaussianLikelihood({ scale: "per-pixel", floor: -1 })).toThrow("floor must be");
  expect(() => new GaussianLikelihood({ scale: "learned", floor: 1, initialScale: 1 })).toThrow(
    "GaussianLikelihood: initialScale must be > floor = 1, got 1",
  );
  expect(() => new GaussianLikelihood({ scale: "free" as "learned" })).toThrow(
    "GaussianLikelihood: scale must be 'learned' or 'per-pixel', got 'free'",
  );
});
