import { type Command, Option } from "commander";
import {
  binarizations,
  datasetNames,
  engineNames,
  likelihoodNames,
  numberOption,
  type RunConfiguration,
  selectedTemperatures,
} from "../run/configuration.js";

const positive = (name: string) => numberOption(name);
const count = (name: string) => numberOption(name, { integer: true, minimum: 1, inclusive: true });

/** Options as commander returns them. */
export interface SharedOptions {
  readonly dataset: RunConfiguration["dataset"];
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly variables: number;
  readonly categories: number;
  readonly delta: number;
  readonly likelihood?: RunConfiguration["likelihood"];
  readonly binarize?: (typeof binarizations)[number] | "none";
  readonly engine: RunConfiguration["engine"];
  readonly trainImages?: number;
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface TrainOptions extends SharedOptions {
  readonly relaxation: RunConfiguration["relaxation"];
  readonly temperature?: number;
}

/** Adds what `train` and `compare` have in common. */
export function withSharedOptions(command: Command, defaultEpochs: number): Command {
  return command
    .addOption(new Option("--dataset <name>", "images to learn").choices(datasetNames).default("mnist"))
    .option("--epochs <n>", "passes over the training images", count("--epochs"), defaultEpochs)
    .option(
      "--seed <n>",
      "decides weights, batches and noise",
      numberOption("--seed", { integer: true, inclusive: true }),
      1,
    )
    .option("--batch-size <n>", "images per step", count("--batch-size"), 64)
    .option("--learning-rate <x>", "of Adam", positive("--learning-rate"), 1e-3)
    .option("--variables <n>", "categorical latent variables", count("--variables"), 30)
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
      new Option("--binarize <how>", "grey values to 0 and 1 (default: dynamic for bernoulli, else none)").choices([
        ...binarizations,
        "none",
      ]),
    )
    .addOption(new Option("--engine <name>", "what runs the steps").choices(engineNames).default("auto"))
    .option("--train-images <n>", "only the first n training images", count("--train-images"))
    .option("--out <folder>", "where the run goes (default: a new folder in runs/)")
    .option("--quiet", "no progress bar, only one line per epoch");
}

/** The complete configuration that options mean for one relaxation. */
export function configurationOf(
  options: SharedOptions,
  relaxation: RunConfiguration["relaxation"],
  temperature = selectedTemperatures[relaxation],
): RunConfiguration {
  const { dataset, epochs, seed, batchSize, learningRate, variables, categories, delta, engine, trainImages } = options;
  const likelihood = options.likelihood ?? (dataset === "mnist" ? "bernoulli" : "gaussian");
  const binarize = options.binarize ?? (likelihood === "bernoulli" ? "dynamic" : "none");
  return {
    dataset,
    relaxation,
    temperature,
    delta,
    variables,
    categories,
    likelihood,
    binarize: binarize === "none" ? false : binarize,
    epochs,
    batchSize,
    learningRate,
    seed,
    engine,
    ...(trainImages === undefined ? {} : { trainImages }),
  };
}
