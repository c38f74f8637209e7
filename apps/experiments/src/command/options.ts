import { resolve } from "node:path";
import { structuredPredictionMnist } from "@igr/models";
import { type Command, Option } from "commander";
import {
  architectureNames,
  binarizations,
  datasetNames,
  defaultTemperature,
  engineNames,
  likelihoodNames,
  modelNames,
  numberOption,
  type RunConfiguration,
} from "../run/configuration.js";

const positive = (name: string) => numberOption(name);
const count = (name: string) => numberOption(name, { integer: true, minimum: 1, inclusive: true });

/** Options as commander returns them. */
export interface SharedOptions {
  readonly dataset: RunConfiguration["dataset"];
  readonly dataDir?: string;
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate?: number;
  readonly variables?: number;
  readonly categories: number;
  readonly delta: number;
  readonly likelihood?: RunConfiguration["likelihood"];
  readonly binarize?: (typeof binarizations)[number] | "none";
  readonly engine: RunConfiguration["engine"];
  readonly trainImages?: number;
  readonly testImages?: number;
  readonly out?: string;
  readonly quiet?: boolean;
}

/** The options of `igr train` that choose among models. */
export interface ModelOptions {
  readonly model: (typeof modelNames)[number];
  readonly architecture?: RunConfiguration["architecture"];
  readonly flows: number;
  readonly maxCategories?: number;
  readonly capacitySteps?: number;
}

export interface TrainOptions extends SharedOptions, ModelOptions {
  readonly latent?: RunConfiguration["relaxation"];
  readonly relaxation?: RunConfiguration["relaxation"];
  readonly temperature?: number;
  /** The folder of a run to go on with. */
  readonly resume?: string;
}

/** Adds what chooses among models. */
export function withModelOptions(command: Command): Command {
  return command
    .addOption(new Option("--model <name>", "what to train").choices(modelNames).default("discrete-vae"))
    .addOption(
      new Option(
        "--architecture <name>",
        "networks of the paper's appendix D, convolutional ones on images padded to 32x32 (default: convolutional for joint-vae and celeba)",
      ).choices(architectureNames),
    )
    .option("--flows <n>", "planar flows of each variable, for igr-planar", count("--flows"), 2)
    .option(
      "--max-categories <n>",
      "cap on the categories that igr-sb learns to use (default: 50), or on a mixture's components (20)",
      numberOption("--max-categories", { integer: true, minimum: 2, inclusive: true }),
    )
    .option(
      "--capacity-steps <n>",
      "training steps over which joint-vae's capacities rise (default: the preset's 25,000, 50,000 or 100,000)",
      count("--capacity-steps"),
    );
}

/** Adds what `train` and `compare` have in common. */
export function withSharedOptions(command: Command, defaultEpochs: number): Command {
  return command
    .addOption(new Option("--dataset <name>", "images to learn").choices(datasetNames).default("mnist"))
    .option(
      "--data-dir <folder>",
      "for celeba: img_align_celeba.zip and list_eval_partition.txt, as its authors publish them",
    )
    .option("--epochs <n>", "passes over the training images", count("--epochs"), defaultEpochs)
    .option(
      "--seed <n>",
      "decides weights, batches and noise",
      numberOption("--seed", { integer: true, inclusive: true }),
      1,
    )
    .option("--batch-size <n>", "images per step", count("--batch-size"), 64)
    .option("--learning-rate <x>", "of Adam (default: 1e-3, 5e-4 for joint-vae)", positive("--learning-rate"))
    .option("--variables <n>", "categorical latent variables (default: 30, 1 for joint-vae)", count("--variables"))
    .option(
      "--categories <n>",
      "categories of each variable",
      numberOption("--categories", { integer: true, minimum: 2, inclusive: true }),
      10,
    )
    .option("--delta <x>", "constant of softmax++ (eq 21)", positive("--delta"), 0.1)
    .addOption(
      new Option("--likelihood <name>", "of a pixel (default: bernoulli for mnist, else gaussian)").choices(
        likelihoodNames,
      ),
    )
    .addOption(
      new Option(
        "--binarize <how>",
        "grey values to 0 and 1 (default: dynamic for bernoulli, threshold for structured-prediction, else none)",
      ).choices([...binarizations, "none"]),
    )
    .addOption(new Option("--engine <name>", "what runs the steps").choices(engineNames).default("auto"))
    .option("--train-images <n>", "only the first n training images", count("--train-images"))
    .option(
      "--test-images <n>",
      "only the first n test images, at least 32",
      numberOption("--test-images", { integer: true, minimum: 32, inclusive: true }),
    )
    .option("--out <folder>", "where the run goes (default: a new folder in runs/)")
    .option("--quiet", "no progress bar, only one line per epoch");
}

/** The complete configuration that options mean for one relaxation. */
export function configurationOf(
  options: SharedOptions & Partial<ModelOptions>,
  relaxation: RunConfiguration["relaxation"],
  temperature?: number,
): RunConfiguration {
  const {
    dataset,
    dataDir,
    epochs,
    seed,
    batchSize,
    categories,
    delta,
    engine,
    trainImages,
    testImages,
    model = "discrete-vae",
  } = options;
  const isJoint = model === "joint-vae";
  const likelihood =
    options.likelihood ?? (dataset === "mnist" || model === "structured-prediction" ? "bernoulli" : "gaussian");
  const cuts = model === "structured-prediction" ? structuredPredictionMnist().binarize : "dynamic";
  const binarize = options.binarize ?? (likelihood === "bernoulli" ? cuts : "none");
  const { architecture = isJoint || dataset === "celeba" ? "convolutional" : "dense", flows, capacitySteps } = options;
  const capped =
    relaxation === "igr-sb" ? { maxCategories: options.maxCategories ?? (model === "mixture" ? 20 : 50) } : {};
  return {
    dataset,
    ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
    ...(model === "discrete-vae" && architecture === "dense" ? {} : { model, architecture }),
    relaxation,
    temperature: temperature ?? defaultTemperature(model, relaxation),
    delta,
    variables: options.variables ?? (isJoint || model === "mixture" ? 1 : 30),
    categories,
    ...(relaxation === "igr-planar" && flows !== undefined ? { flows } : {}),
    ...capped,
    ...(isJoint && capacitySteps !== undefined ? { capacitySteps } : {}),
    likelihood,
    binarize: binarize === "none" ? false : binarize,
    epochs,
    batchSize,
    learningRate: options.learningRate ?? (isJoint ? 5e-4 : 1e-3),
    seed,
    engine,
    ...(trainImages === undefined ? {} : { trainImages }),
    ...(testImages === undefined ? {} : { testImages }),
  };
}

/** @throws Error for a choice of options that no model has. */
export function checkConfiguration(configuration: RunConfiguration): void {
  const { dataset, dataDir, model, relaxation, architecture, likelihood } = configuration;
  if (dataset === "celeba") {
    if (dataDir === undefined) {
      throw new Error(
        "--dataset celeba needs --data-dir, the folder with img_align_celeba.zip and list_eval_partition.txt",
      );
    }
    if (architecture !== "convolutional" || model === "structured-prediction") {
      throw new Error("--dataset celeba has convolutional networks, and no structured prediction");
    }
  } else if (dataDir !== undefined) {
    throw new Error(`--data-dir is for celeba; the images of ${dataset} come with the command`);
  }
  if (model === "mixture" && relaxation !== "igr-sb") {
    throw new Error("--model mixture has the latent igr-sb alone, which learns how many components it uses");
  }
  if (model === "structured-prediction") {
    if (relaxation !== "igr" && relaxation !== "gs") {
      throw new Error(`--model structured-prediction has layers of bits: --latent igr or gs, not ${relaxation}`);
    }
    if (architecture === "convolutional" || likelihood !== "bernoulli") {
      throw new Error("--model structured-prediction has dense layers and binary pixels");
    }
  }
}
