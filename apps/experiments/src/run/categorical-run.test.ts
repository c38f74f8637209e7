import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CategoricalLatent, ContinuousBernoulliLikelihood, type DiscreteVAE, RAdam } from "@igr/models";
import { beforeAll, expect, test } from "vitest";
import { flowFamilies } from "../configuration/latent-schema.js";
import { resolveConfiguration } from "../configuration/resolve.js";
import { runTitle } from "../configuration/title.js";
import { makeBuiltIn } from "../study/built-in/index.js";
import { buildModel } from "./build-model.js";
import { buildOptimizer } from "./build-optimizer.js";
import { chooseEngine } from "./engine.js";
import { FolderStore } from "./folder-store.js";
import { runId } from "./identity.js";
import { readRun } from "./record.js";
import { restoreModel } from "./restore-model.js";
import { trainRun } from "./train-run.js";

beforeAll(async () => {
  await chooseEngine("cpu");
});

const small = {
  model: { networks: { kind: "dense", encoderHidden: [8], decoderHidden: [8] } },
  data: { trainImages: 96, validation: 32, testImages: 32 },
  training: { batchSize: 32 },
  epochs: 1,
};
const reinmax = { kind: "categorical", variables: 2, categories: 3, estimator: { kind: "reinmax", temperature: 1.2 } };

test("categorical variables with ReinMax and rectified Adam are trained, measured, stored and restored", async () => {
  const folder = mkdtempSync(join(tmpdir(), "igr-categorical-"));
  try {
    const store = new FolderStore(folder);
    const training = { ...small.training, optimizer: "radam" };
    const configuration = resolveConfiguration({ ...small, training, latent: { ...reinmax, learnPrior: true } });
    expect(await trainRun(store, configuration, { engine: "cpu" })).toBe("trained");
    const { values } = (await readRun(store, runId(configuration))).measures[0]!;
    for (const name of ["elbo", "hard-elbo", "iwae"] as const) expect(values[name]?.value).toBeLessThan(0);
    expect(values.perplexity).toMatchObject({ unit: "count", images: 32 });
    expect(values.perplexity?.value).toBeGreaterThanOrEqual(1);
    expect(values.perplexity?.value).toBeLessThanOrEqual(3);
    expect(values["dead-categories"]?.value).toBeLessThanOrEqual(2);
    const model = (await restoreModel(store, runId(configuration), "last")) as DiscreteVAE;
    expect(model.latent.config()).toEqual({ ...reinmax, learnPrior: true });
    model.dispose();
    expect(await trainRun(store, configuration, { engine: "cpu" })).toBe("kept");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

test.each([
  { kind: "straight-through", backwardTemperature: 2 },
  { kind: "straight-through-gumbel", temperature: 0.5 },
  { kind: "gumbel-rao", temperature: 0.5, conditionalDraws: 3 },
  { kind: "gapped-straight-through", temperature: 0.5, gap: "probability" },
  { kind: "reinmax", temperature: 1.1, samples: 2 },
  { kind: "rebar", temperature: 0.5, scale: "learned" },
  { kind: "reinforce", baseline: "moving-average", decay: 0.9 },
  { kind: "reinmax", temperature: 1, variant: "rao", conditionalDraws: 3 },
  { kind: "reinmax", temperature: 1, variant: "leave-one-out", samples: 2 },
  { kind: "relax", temperature: 0.5, hidden: [4], coupled: false },
  { kind: "relax" },
  { kind: "disarm" },
  { kind: "disarm", tree: "sticks" },
  { kind: "carms", samples: 3 },
  { kind: "carms", samples: 2, weighting: "nodes", tree: "balanced" },
  { kind: "double-cv", samples: 2 },
  { kind: "double-cv", samples: 2, scale: "learned" },
  { kind: "rodeo", samples: 2 },
  { kind: "rodeo", samples: 2, hidden: 8 },
  { kind: "vimco", samples: 2 },
])("the estimator $kind reaches the model with its options", (estimator) => {
  const model = buildModel(resolveConfiguration({ ...small, latent: { ...reinmax, estimator } })) as DiscreteVAE;
  expect(model.latent).toBeInstanceOf(CategoricalLatent);
  expect((model.latent as CategoricalLatent).estimatorOptions).toEqual(estimator);
  model.dispose();
});

test.each([
  [{ kind: "carms", samples: 2, tree: "balanced" }, "weighting must be nodes for the tree balanced of carms"],
  [{ kind: "reinmax", variant: "leave-one-out" }, "samples must be >= 2 for reinmax's leave-one-out, got 1"],
  [{ kind: "reinmax", conditionalDraws: 2 }, "conditionalDraws is not used: reinmax's variant is plain"],
  [{ kind: "disarm", temperature: 1 }, "latent.estimator.temperature is not used"],
])("the estimator %j is refused by a sentence", (estimator, sentence) => {
  expect(() => resolveConfiguration({ ...small, latent: { ...reinmax, estimator } })).toThrow(sentence);
});

test.each(flowFamilies)("an IGR through flows of the family %s reaches the model", (flow) => {
  const latent = { kind: "igr-planar", variables: 2, categories: 4, temperature: 0.5, depth: 2, flow };
  const configuration = resolveConfiguration({ ...small, latent: { ...latent, prior: { steps: 2 } } });
  const model = buildModel(configuration) as DiscreteVAE;
  expect(model.latent.config()).toHaveProperty("flow");
  expect(runTitle(configuration)).toMatch(/^IGR-(?!Planar)[\w-]+2\(0\.50\)$/);
  model.dispose();
});

test.each([
  { kind: "reinmax", temperature: 1.1 },
  { kind: "igr-straight-through", samples: 2 },
  { kind: "igr-rao", conditionalDraws: 3 },
])("one-hot draws of an IGR with the estimator $kind reach the model", (estimator) => {
  const latent = { kind: "igr-categorical", variables: 2, categories: 3, temperature: 0.5, estimator };
  const configuration = resolveConfiguration({ ...small, latent });
  const model = buildModel(configuration) as DiscreteVAE;
  expect(model.latent.config()).toEqual({ ...latent, delta: 0.1 });
  expect(runTitle(configuration)).toMatch(/^IGR, /);
  model.dispose();
});

test("a learned temperature reaches the model, and a run without one has no such variable", () => {
  for (const kind of ["igr", "gs"]) {
    const latent = { kind, variables: 2, categories: 3, temperature: 0.5 };
    const without = resolveConfiguration({ ...small, latent });
    expect(without.latent).not.toHaveProperty("learnTemperature");
    const configuration = resolveConfiguration({ ...small, latent: { ...latent, learnTemperature: "per-variable" } });
    const model = buildModel(configuration) as DiscreteVAE;
    expect(model.latent.config()).toMatchObject({ learnTemperature: "per-variable" });
    model.dispose();
  }
});

test("grey pixels of a continuous Bernoulli stay grey", () => {
  const configuration = resolveConfiguration({ ...small, likelihood: { kind: "continuous-bernoulli" } });
  expect(configuration.data.binarize).toBe(false);
  const model = buildModel(configuration) as DiscreteVAE;
  expect(model.likelihood).toBeInstanceOf(ContinuousBernoulliLikelihood);
  model.dispose();
});

test("the hard bound's weight and free bits reach the model", () => {
  const model = { ...small.model, hardFirst: { hardWeight: 0.25, freeBits: 0.1 } };
  const built = buildModel(resolveConfiguration({ ...small, model })) as DiscreteVAE;
  expect([built.hardWeight, built.freeBits]).toEqual([0.25, 0.1]);
  built.dispose();
});

test("Adam is the default optimizer", () => {
  const { training } = resolveConfiguration({});
  expect("optimizer" in training).toBe(false);
  expect(buildOptimizer(training).getClassName()).toBe("Adam");
  const radam = buildOptimizer({ optimizer: "radam", learningRate: 0.02 });
  expect(radam).toBeInstanceOf(RAdam);
  expect((radam as RAdam).learningRate).toBe(0.02);
});

test("the study of the discrete model has the paper's network and budget, and can be reduced", async () => {
  const { groups } = await makeBuiltIn("discrete", {});
  expect(groups.map(({ labels }) => labels.model)).toEqual([
    "ReinMax",
    "Straight-through",
    "IGR(0.50)",
    "GS(0.67)",
    "ReinMax (annealed)",
    "IGR with ReinMax (annealed)",
    "ReinMax with 4 draws (annealed)",
    "IGR(0.50) (annealed)",
  ]);
  // 859 batches of 64 in 55,000 images.
  expect(groups[4]!.configurations[0]!.training).toMatchObject({
    schedules: { learningRate: { kind: "cosine", from: 1e-3, to: 0, steps: 85_900 } },
    weightAverage: { decay: 0.999 },
  });
  for (const { configurations } of groups) {
    expect(configurations).toMatchObject([
      {
        model: { networks: { encoderHidden: [512, 256], decoderHidden: [256, 512] } },
        latent: { variables: 30, categories: 10 },
        data: { name: "mnist", binarize: "dynamic" },
        training: { batchSize: 64, learningRate: 1e-3 },
        epochs: 100,
      },
    ]);
  }
  const cut = await makeBuiltIn("discrete", { epochs: 2, seeds: 2, rows: ["ReinMax"] });
  expect(cut.groups.map(({ configurations }) => configurations.map(({ epochs, seed }) => [epochs, seed]))).toEqual([
    [
      [2, 1],
      [2, 2],
    ],
  ]);
  await expect(makeBuiltIn("discrete", { rows: ["none"] })).rejects.toThrow("--rows must be of ReinMax");
});
