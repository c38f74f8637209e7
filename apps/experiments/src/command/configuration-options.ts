import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { atPath, parseAssignments } from "../configuration/assignment.js";
import { binarizations, datasetNames } from "../configuration/data-schema.js";
import { defaultTemperature } from "../configuration/default-temperature.js";
import { latentKinds, modelKinds } from "../configuration/kinds.js";
import { mergeLayers } from "../configuration/merge.js";
import { paperGaussian } from "../configuration/paper-gaussian.js";
import { presetDescriptions } from "../configuration/preset-descriptions.js";
import { readObjectFile } from "../configuration/read-file.js";
import type { PartialConfiguration, RunConfiguration } from "../configuration/schema.js";
import { describeOption } from "./describe-option.js";

/** Options that commander returns, by their attribute names. */
export type GivenOptions = Readonly<Record<string, unknown>> & {
  readonly config?: string;
  readonly preset?: string;
  readonly set: readonly string[];
};

interface Flag {
  readonly flag: string;
  readonly path: string;
  readonly choices?: readonly string[];
  /** Converts a word of the command line to a value of the configuration; by default it is parsed as YAML. */
  readonly read?: (text: string) => unknown;
  /** Added to the schema's description. */
  readonly more?: string;
}

const binarizeNames = [...binarizations, "none"];

/** Flags for the most frequent options; --set sets all others. */
const flags: readonly Flag[] = [
  { flag: "--model <kind>", path: "model.kind", choices: modelKinds, more: "default: discrete-vae" },
  {
    flag: "--latent <kind>",
    path: "latent.kind",
    choices: latentKinds,
    more: "default: igr; igr-sb for mixture; igr and gs mean bits for structured-prediction",
  },
  { flag: "--dataset <name>", path: "data.name", choices: datasetNames, more: "default: mnist" },
  {
    flag: "--data-dir <folder>",
    path: "data.dir",
    read: (text) => resolve(text),
    more: "files of omniglot, celeba, folder",
  },
  { flag: "--temperature <x>", path: "latent.temperature", more: temperatureHelp() },
  { flag: "--delta <x>", path: "latent.delta" },
  { flag: "--variables <n>", path: "latent.variables", more: "default: 30; 1 for joint-vae and mixture" },
  { flag: "--categories <n>", path: "latent.categories" },
  {
    flag: "--architecture <kind>",
    path: "model.networks.kind",
    choices: ["dense", "convolutional"],
    more: "default: dense; convolutional for joint-vae and celeba",
  },
  {
    flag: "--likelihood <name>",
    path: "likelihood",
    choices: ["bernoulli", "gaussian", "paper-gaussian"],
    read: (text) => (text === "paper-gaussian" ? paperGaussian : { kind: text }),
    more: "of a pixel; default: bernoulli for drawings, otherwise gaussian",
  },
  {
    flag: "--binarize <how>",
    path: "data.binarize",
    choices: binarizeNames,
    read: (text) => (text === "none" ? false : text),
    more: "default: dynamic for bernoulli",
  },
  { flag: "--epochs <n>", path: "epochs" },
  { flag: "--seed <n>", path: "seed" },
  { flag: "--batch-size <n>", path: "training.batchSize" },
  { flag: "--learning-rate <x>", path: "training.learningRate", more: "default: 1e-3; 5e-4 for joint-vae" },
  { flag: "--validation <n>", path: "data.validation", more: "default: 5000" },
  { flag: "--train-images <n>", path: "data.trainImages" },
  { flag: "--test-images <n>", path: "data.testImages" },
];

/** Adds the options that describe a run. */
export function withConfiguration(command: Command): Command {
  command
    .option("--config <file>", "a YAML or JSON file of options; igr doctor --schema writes the JSON Schema for editors")
    .addOption(new Option("--preset <name>", presetHelp()).choices(Object.keys(presetDescriptions)));
  for (const { flag, path, choices, more } of flags) {
    const option = new Option(flag, describeOption(path, more));
    command.addOption(choices ? option.choices([...choices]) : option);
  }
  return command.option(
    "--set <path=value>",
    "any option by its path, such as latent.prior.objective=kl; repeatable",
    (text: string, all: readonly string[]) => [...all, text],
    [],
  );
}

/** The configuration of a command line: file, then flags, then --set. */
export async function configurationOf(options: GivenOptions): Promise<RunConfiguration> {
  const { resolveConfiguration } = await import("../configuration/resolve.js");
  return resolveConfiguration(...layersOf(options));
}

/** The layers of the configuration, for commands that add layers below. */
export function layersOf(options: GivenOptions): PartialConfiguration[] {
  const { config, preset, set } = options;
  const file = config === undefined ? {} : readObjectFile(config);
  const given = flags.flatMap(({ flag, path, read = number }) => {
    const value = options[attributeOf(flag)];
    return value === undefined ? [] : [atPath(path, read(value as string))];
  });
  return [file, ...(preset === undefined ? [] : [{ preset }]), mergeLayers(...given), parseAssignments(set)];
}

function number(text: string): unknown {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? text : value;
}

function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}

function temperatureHelp(): string {
  const of = (model: "discrete-vae" | "joint-vae") =>
    ["igr", "gs", "igr-sb", "igr-planar"]
      .map((latent) => `${latent} ${defaultTemperature({ model, latent: latent as "igr" })}`)
      .join(", ");
  return `default: ${of("discrete-vae")}; for joint-vae ${of("joint-vae")}`;
}

function presetHelp(): string {
  return `named settings; ${Object.entries(presetDescriptions)
    .map(([name, description]) => `${name}: ${description}`)
    .join("; ")}`;
}
