import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { bits, gradientsOf, reference, sequenceRng, setWaves, wave } from "../../test/reference-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { denseNetwork } from "../network/dense.js";
import { trainableVariables } from "../network/network.js";
import { evaluate } from "../training/evaluate.js";
import { fit } from "../training/fit.js";
import type { StepLog } from "../training/logs.js";
import type { BinaryRelaxation } from "./binary-relaxation.js";
import { structuredPredictionAuthors, structuredPredictionFromPreset, structuredPredictionMnist } from "./presets.js";
import { StructuredPrediction } from "./structured-prediction.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const tiny = (
  kind: BinaryRelaxation["kind"],
  options: object,
  relaxation: BinaryRelaxation = { kind, temperature: 0.5 },
) =>
  structuredPredictionFromPreset(structuredPredictionMnist({ pixels: [3, 3], units: [2, 2], ...options }), {
    relaxation,
    rng: createRng(1),
  });

describe.each([
  ["igr", "tanh", "signs"],
  ["igr", "linear", "bits"],
  ["concrete", "tanh", "signs"],
  ["gumbel", "linear", "bits"],
] as const)("%s, %s maps, %s", (kind, variant, support) => {
  const expected = reference.structured[`${kind} ${variant} ${support}`];
  const x = bits([4, 6], 80);
  const draws = (samples: number) => {
    const shape = [samples, 4, 2];
    const perLayer = kind === "concrete" ? [0, 1] : [0];
    return sequenceRng([0, 1].flatMap((layer) => perLayer.map((i) => wave(shape, 81 + 2 * layer + i, 1.1))));
  };

  // The reference's hidden tanh layers are 2 wide, the last one too, where a preset's would be 3.
  function model(): StructuredPrediction {
    const perBit = kind === "igr" ? 2 : 1;
    const hidden = variant === "tanh" ? [2] : [];
    const net = (inputs: number, outputs: number) =>
      denseNetwork({ inputs, hidden, outputs, activation: "tanh", rng: createRng(1) });
    const networks = [net(3, 2 * perBit), net(2, 2 * perBit), net(2, 3)];
    for (const [i, network] of networks.entries()) setWaves(trainableVariables(network), 30 + 10 * i);
    return new StructuredPrediction({ networks, relaxation: { kind, temperature: 0.5 }, support, samples: 3 });
  }

  test("bounds, relaxed and hard, and gradients are torch's", () => {
    const prediction = model();
    expectClose(prediction.bound(x, draws(3), { samples: 3 }), expected.relaxed.bound, { rtol: 1e-5 });
    expectClose(prediction.bound(x, draws(3), { samples: 3, hard: true }), expected.hard.bound, { rtol: 1e-5 });
    const gradients = gradientsOf(() => prediction.loss(x, draws(3)), prediction.trainableVariables);
    for (const [i, gradient] of gradients.entries()) {
      expectClose(gradient, expected.relaxed.gradients[i], { rtol: 1e-4, atol: 1e-6 });
    }
  });
});

describe("the multi-sample bound", () => {
  const x = tf.tensor2d(bars(40, 4));
  const model = tiny("igr", { pixels: [8, 8], units: [6, 5] });

  test("is the same in one pass or many, with the memory of one pass", () => {
    const shape = (pass: number, units: number) => [pass, 40, units];
    // The draws of a pass are consumed layer by layer, so two passes can use the same samples as one.
    const noise = [createRng(7).normal(shape(6, 6)), createRng(8).normal(shape(6, 5))];
    const halves = [0, 3].flatMap((from) => noise.map((n) => tf.slice(n, [from, 0, 0], [3, -1, -1])));
    const whole = model.bound(x, sequenceRng(noise), { samples: 6 });
    const parts = model.bound(x, sequenceRng(halves), { samples: 6, samplesPerPass: 3 });
    expectClose(parts, numbers(whole), { rtol: 1e-5 });

    const peak = (samples: number) => {
      let most = 0;
      const before = tf.memory().numBytes;
      const rng = createRng(1);
      const normal = rng.normal.bind(rng);
      rng.normal = (drawn) => {
        most = Math.max(most, tf.memory().numBytes - before);
        return normal(drawn);
      };
      model.bound(x, rng, { samples, samplesPerPass: 5 }).dispose();
      return most;
    };
    // 40 numbers are kept for each sample.
    expect(peak(1000) - peak(20)).toBeLessThan(1.1 * 980 * 40 * 4);
  });

  test("rises with m, relaxed and hard", () => {
    const rng = createRng(3);
    for (const hard of [false, true]) {
      const many = tf.tile(x, [20, 1]);
      const means = [1, 5, 50].map((samples) => numbers(tf.mean(model.bound(many, rng, { samples, hard })))[0]!);
      expect(means[1]!).toBeGreaterThan(means[0]!);
      expect(means[2]!).toBeGreaterThan(means[1]!);
    }
  });

  test("measuredBy changes the samples and bits of evaluation only", async () => {
    const data = new ArrayImages(bars(40, 4));
    const options = { rng: createRng(2), batchSize: 40, engine: "eager", binarize: false } as const;
    const measured = model.measuredBy({ samples: 20, hard: true });
    const { elbo, kl } = await evaluate(measured, data, options);
    const direct = model.bound(x, createRng(2).fork("noise"), { samples: 20, hard: true });
    expect(elbo).toBeCloseTo(numbers(tf.mean(direct))[0]!, 4);
    expect(kl).toBe(0);
    expect(measured.networks).toBe(model.networks);
  });
});

test("bits of binary IGR and Concrete at low temperature follow their discrete distributions", () => {
  // One layer of one bit between identity-like maps: the share of ones is Phi(loc / scale), or sigmoid(logit).
  for (const [relaxation, outputs, probability] of [
    [{ kind: "igr" }, [0.5, Math.log(2)], 0.598706],
    [{ kind: "igr", scale: 2 }, [0.5], 0.598706],
    [{ kind: "concrete" }, [0.5], 0.622459],
  ] as const) {
    const rng = createRng(1);
    const to = denseNetwork({ inputs: 1, hidden: [], outputs: outputs.length, rng });
    to.setWeights([tf.zeros([1, outputs.length]), tf.tensor1d([...outputs])]);
    const out = denseNetwork({ inputs: 1, hidden: [], outputs: 1, rng });
    out.setWeights([tf.tensor2d([[40]]), tf.tensor1d([-20])]);
    const model = new StructuredPrediction({
      networks: [to, out],
      relaxation: { ...relaxation, temperature: 1e-3 },
      support: "bits",
    });
    for (const hard of [true, false]) {
      const [mean] = numbers(model.predict(tf.zeros([1, 1]), createRng(5), { samples: 20_000, hard }));
      expect(Math.abs(mean! - probability)).toBeLessThan(4 * Math.sqrt(0.25 / 20_000));
    }
  }
});

describe("training", () => {
  async function run(kind: BinaryRelaxation["kind"], engine: "eager" | "jit", samples = 5) {
    const model = tiny(kind, { pixels: [8, 8], units: [6, 5], samples });
    const steps: StepLog[] = [];
    const before = tf.memory().numTensors;
    await fit(model, new ArrayImages(bars(48, 4)), {
      epochs: 2,
      batchSize: 8,
      optimizer: tf.train.adam(0.01),
      rng: createRng(3),
      schedules: { temperature: { kind: "cosine", from: 1, to: 0.5, steps: 10 } },
      engine,
      jit: { threads: 1 },
      callbacks: { onStep: (log) => void steps.push(log) },
    });
    return { model, steps, weights: model.trainableVariables.map(numbers), kept: tf.memory().numTensors - before };
  }

  test.each(["igr", "concrete"] as const)("compiled and eager training of %s agree, and runs repeat", async (kind) => {
    const [eager, jit] = [await run(kind, "eager"), await run(kind, "jit")];
    for (const [i, { loss }] of jit.steps.entries()) expectClose([loss], [eager.steps[i]!.loss], { rtol: 1e-3 });
    expect((await run(kind, "jit")).weights).toEqual(jit.weights);
    // The caller's optimizer keeps its slots: two for each variable.
    expect(eager.kept).toBe(2 * eager.model.trainableVariables.length + 2);
    expect(eager.steps[0]).toMatchObject({ kl: 0, scheduled: { temperature: 1 } });
  });

  test("a saved model is loaded bit for bit", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-sop-"));
    try {
      const { model } = await run("igr", "eager");
      await save(model, dir);
      const loaded = await load<StructuredPrediction>(dir);
      const x = bits([3, 16], 4);
      const bound = (m: StructuredPrediction) => numbers(m.bound(x, createRng(1), { samples: 4 }));
      expect(bound(loaded)).toEqual(bound(model));
      expect(JSON.stringify(loaded.config())).toBe(JSON.stringify(model.config()));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test("the presets' networks are 392-240-240-392 and the authors' 392-200-200-392", () => {
  const sizes = (preset: ReturnType<typeof structuredPredictionMnist>) =>
    structuredPredictionFromPreset(preset, { relaxation: { kind: "igr", temperature: 0.5 }, rng: createRng(1) })
      .trainableVariables.map(({ shape }) => shape)
      .filter((shape) => shape.length === 2);
  expect(sizes(structuredPredictionMnist())).toEqual([
    [392, 240],
    [240, 240],
    [240, 240],
    [240, 240],
    [240, 392],
    [392, 392],
  ]);
  expect(sizes(structuredPredictionMnist({ variant: "linear", igrScale: "learned" }))).toEqual([
    [392, 480],
    [240, 480],
    [240, 392],
  ]);
  expect(sizes(structuredPredictionAuthors())).toEqual([
    [392, 400],
    [200, 400],
    [200, 392],
  ]);
});

test("the presets have the protocols of the PyTorch program and of the authors' program", () => {
  const common = { pixels: [392, 392], batchSize: 64, samples: 1 };
  expect(structuredPredictionMnist()).toEqual({
    ...common,
    ...{ units: [240, 240], variant: "tanh", support: "signs", binarize: "threshold", noise: "concrete" },
    ...{ learningRate: 1e-3, epochs: 30, testSamples: 100, igrScale: 1 },
  });
  expect(structuredPredictionAuthors()).toEqual({
    ...common,
    ...{ units: [200, 200], variant: "linear", support: "bits", binarize: "threshold", noise: "gumbel" },
    ...{ learningRate: 3e-4, epochs: 100, testSamples: 1, igrScale: "learned" },
  });
});

test("rejects networks and options that do not fit", () => {
  const rng = createRng(1);
  const net = (inputs: number, outputs: number) => denseNetwork({ inputs, hidden: [], outputs, rng });
  const relaxation = { kind: "igr", temperature: 0.5 } as const;
  expect(() => new StructuredPrediction({ networks: [net(3, 4)], relaxation })).toThrow(
    "StructuredPrediction: networks must hold at least 2 maps, got 1",
  );
  expect(() => new StructuredPrediction({ networks: [net(3, 4), net(4, 3)], relaxation })).toThrow(
    "StructuredPrediction: networks[0] output must hold 8 numbers (4 bits x 2 numbers), got shape [4]",
  );
  const model = tiny("igr", {});
  expect(() => model.bound(tf.zeros([2, 5]), rng, { samples: 1 })).toThrow(
    "StructuredPrediction.bound: x must hold 3 + 3 pixels per image, got shape [2,5]",
  );
  expect(() => tiny("igr", {}, { kind: "igr", temperature: 0 })).toThrow(
    "StructuredPrediction: relaxation.temperature must be a finite number > 0, got 0",
  );
  expect(() => tiny("igr", {}, { kind: "igr", temperature: 1, scale: -1 })).toThrow(
    "StructuredPrediction: relaxation.scale must be a finite number > 0, got -1",
  );
  expect(() => tiny("concrete", {}, { kind: "concrete", temperature: 1, scale: 1 })).toThrow(
    "StructuredPrediction: relaxation.scale is only for the kind 'igr', got 1 with 'concrete'",
  );
});

test("a preset's networks give one logit for each bit that an estimator draws", () => {
  const preset = structuredPredictionMnist({ pixels: [3, 3], units: [2, 2], igrScale: "learned" });
  const options = { estimator: { kind: "disarm" }, rng: createRng(1) } as const;
  const model = structuredPredictionFromPreset(preset, options);
  expect(model.networks.map(({ outputs: [output] }) => output?.shape)).toEqual([
    [null, 2],
    [null, 2],
    [null, 3],
  ]);
  model.dispose();
  expect(() => structuredPredictionFromPreset(preset, { rng: createRng(1) })).toThrow(
    "structuredPredictionFromPreset: exactly one of relaxation and estimator must be given, got neither",
  );
});
