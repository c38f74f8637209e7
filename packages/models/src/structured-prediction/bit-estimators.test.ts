import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import type { CategoricalEstimator } from "../latent/categorical-estimator.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import type { StructuredPredictionOptions } from "./options.js";
import { StructuredPrediction } from "./structured-prediction.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const units = 3;

function makeModel(estimator: CategoricalEstimator, layers = 1, options: Partial<StructuredPredictionOptions> = {}) {
  const rng = createRng(1);
  const sizes = [8, ...new Array<number>(layers).fill(units), 8];
  const networks = sizes
    .slice(1)
    .map((outputs, i) => denseNetwork({ inputs: sizes[i]!, hidden: [], outputs, rng: rng.fork(`${i}`) }));
  return new StructuredPrediction({ networks, estimator, ...options });
}

const x = () => tf.tensor2d(bars(4, 4));
const outcomes = Array.from({ length: 2 ** units }, (_, code) =>
  Array.from({ length: units }, (_, n) => (code >> n) & 1),
);

/** log p(bits | logits), `[outcomes, ..]`, and log p(lower | bits) below: all outcomes of one or two layers, enumerated. */
function enumerated(model: StructuredPrediction, images: tf.Tensor2D, combine: (terms: Terms) => tf.Tensor): tf.Tensor {
  const logBits = (logits: tf.Tensor, bits: tf.Tensor) =>
    tf.neg(tf.sum(tf.softplus(tf.mul(tf.sub(1, tf.mul(2, bits)), logits)), -1));
  const upper = tf.slice(images, [0, 0], [-1, 8]);
  const lower = tf.slice(images, [0, 8], [-1, 8]);
  const all = tf.tensor2d(outcomes);
  const signs = tf.sub(tf.mul(2, all), 1);
  const apply = (i: number, input: tf.Tensor) => model.networks[i]!.apply(input) as tf.Tensor;
  const first = logBits(apply(0, upper), tf.expandDims(all, 1));
  const pixels = (logits: tf.Tensor) => logBits(tf.expandDims(logits, 1), lower);
  if (model.networks.length === 2) return combine({ logQ: first, logP: pixels(apply(1, signs)) });
  const second = logBits(tf.expandDims(apply(1, signs), 1), all);
  const logQ = tf.add(tf.expandDims(first, 1), tf.expandDims(second, 2));
  const logP = tf.add(tf.expandDims(pixels(apply(2, signs)), 0), tf.zerosLike(logQ));
  return combine({ logQ: tf.reshape(logQ, [-1, 4]), logP: tf.reshape(logP, [-1, 4]) });
}

interface Terms {
  readonly logQ: tf.Tensor;
  readonly logP: tf.Tensor;
}

/** E log p(lower | bits), per image. */
const meanLogP = ({ logQ, logP }: Terms) => tf.sum(tf.mul(tf.exp(logQ), logP), 0);

/** E log of the mean of two draws' p(lower | bits). */
const ofPairs = ({ logQ, logP }: Terms) => {
  const pairs = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, of: tf.Tensor) =>
    f(tf.expandDims(of, 0), tf.expandDims(of, 1));
  const both = tf.log(tf.mul(0.5, pairs(tf.add, tf.exp(logP))));
  return tf.sum(tf.mul(tf.exp(pairs(tf.add, logQ)), both), [0, 1]);
};

test.each<[CategoricalEstimator, number, (terms: Terms) => tf.Tensor]>([
  [{ kind: "disarm", samples: 20 }, 1, meanLogP],
  [{ kind: "reinforce", baseline: "leave-one-out", samples: 20 }, 2, meanLogP],
  [{ kind: "disarm", samples: 16 }, 2, meanLogP],
  [{ kind: "double-cv", samples: 20 }, 2, meanLogP],
  [{ kind: "vimco", samples: 2 }, 1, ofPairs],
  [{ kind: "vimco", samples: 2 }, 2, ofPairs],
])("the gradient of %o through %d layers is that by enumeration", (estimator, layers, combine) => {
  const model = makeModel(estimator, layers);
  const variables = model.trainableVariables;
  const exact = tf.variableGrads(() => tf.neg(tf.mean(enumerated(model, x(), combine))) as tf.Scalar, variables).grads;
  const repeated = tf.tile(x(), [estimator.kind === "vimco" ? 100 : 5, 1]);
  const rng = createRng(2);
  const repeats = Array.from({ length: 16 }, () => {
    const { grads } = tf.variableGrads(() => model.loss(repeated, rng), variables);
    return variables.flatMap(({ name }) => numbers(grads[name]!));
  });
  const expected = variables.flatMap(({ name }) => numbers(exact[name]!));
  let squares = 0;
  for (const [k, value] of expected.entries()) {
    const values = repeats.map((each) => each[k]!);
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1);
    squares += (mean - value) ** 2 / (variance / values.length + 1e-9);
  }
  // The mean of squared t scores with 15 degrees of freedom is 15 / 13.
  expect(squares / expected.length).toBeLessThan(1.8);
});

test.each<[CategoricalEstimator, number]>([
  [{ kind: "reinmax" }, 2],
  [{ kind: "straight-through" }, 1],
  [{ kind: "gumbel-rao", temperature: 0.5, conditionalDraws: 2 }, 2],
  [{ kind: "rebar", temperature: 0.5, scale: "learned" }, 1],
  [{ kind: "disarm" }, 2],
  [{ kind: "vimco", samples: 3 }, 2],
  [{ kind: "reinforce", baseline: "moving-average", decay: 0.5 }, 2],
])("%o trains compiled as eager through %d layers, and comes back from a checkpoint", async (estimator, layers) => {
  const trained = async (engine: "eager" | "jit") => {
    const model = makeModel(estimator, layers);
    const elbos: number[] = [];
    const optimizer = tf.train.adam(0.03);
    await fit(model, new ArrayImages(bars(16, 4)), {
      epochs: 3,
      batchSize: 8,
      optimizer,
      rng: createRng(3),
      engine,
      jit: { threads: 1 },
      callbacks: { onStep: ({ elbo }) => void elbos.push(elbo) },
    });
    optimizer.dispose();
    return { model, elbos };
  };
  const [eager, jit] = [await trained("eager"), await trained("jit")];
  expectClose(jit.elbos, eager.elbos, { rtol: 2e-3, atol: 2e-3 });
  const dir = await mkdtemp(join(tmpdir(), "igr-bits-"));
  try {
    await save(eager.model, dir);
    const loaded = await load<StructuredPrediction>(dir);
    const bound = (m: StructuredPrediction) => numbers(m.elbo(x(), createRng(4), { training: true }).elbo);
    expect(bound(loaded)).toEqual(bound(eager.model));
    expect(loaded.config()).toEqual(eager.model.config());
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("every bound is that of the discrete network", () => {
  const model = makeModel({ kind: "reinmax" });
  const images = tf.tile(x(), [500, 1]) as tf.Tensor2D;
  const bound = tf.mean(tf.reshape(model.bound(images, createRng(5), { samples: 1 }), [500, 4]), 0);
  expectClose(bound, numbers(enumerated(model, x(), meanLogP)), { atol: 0.15 });
  const measured = model.measuredBy({ samples: 1 });
  expect(numbers(measured.elbo(x(), createRng(6)).elbo)).toEqual(
    numbers(model.bound(x(), createRng(6), { samples: 1, hard: true })),
  );
});

test("rejects invalid options", () => {
  expect(() => makeModel({ kind: "reinmax" }, 1, { samples: 3 })).toThrow(
    "StructuredPrediction: samples must be 1 with an estimator, which has its own samples, got 3",
  );
  expect(() => makeModel({ kind: "reinmax" }, 1, { relaxation: { kind: "concrete", temperature: 1 } })).toThrow(
    "StructuredPrediction: exactly one of relaxation and estimator must be given, got both",
  );
  expect(() => makeModel(undefined as never)).toThrow(
    "exactly one of relaxation and estimator must be given, got neither",
  );
  expect(makeModel({ kind: "disarm" }).schedulable).toEqual([]);
  expect(makeModel({ kind: "reinmax" }).schedulable).toEqual(["temperature"]);
});
