import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command, Option } from "commander";
import { numberOption, type RunConfiguration, relaxationNames } from "../run/configuration.js";
import { readConfiguration } from "../run/record.js";
import { defaultRunName } from "../run/run-directory.js";
import { train } from "../run/train.js";
import { terminalObserver } from "./observer.js";
import {
  checkConfiguration,
  configurationOf,
  type TrainOptions,
  withModelOptions,
  withSharedOptions,
} from "./options.js";

/** `igr train`: one model, one run directory. */
export function trainCommand(signal: AbortSignal): Command {
  const command = new Command("train").description("train one model and write a run directory");
  return withModelOptions(withSharedOptions(command, 3))
    .addOption(
      new Option(
        "--latent <name>",
        "relaxation of the discrete variables; igr: softmax++ (eq 21), gs: Gumbel-Softmax, igr-sb: sticks without a fixed number of " +
          "categories, igr-planar: flows before softmax++ (default: igr, igr-sb for mixture)",
      ).choices(relaxationNames),
    )
    .addOption(new Option("--relaxation <name>", "the same as --latent").choices(relaxationNames).hideHelp())
    .option(
      "--temperature <x>",
      "of posterior and prior (default: 0.50, 0.67 for gs, 0.10 for igr-sb; for joint-vae 0.10, 0.25 for gs)",
      numberOption("--temperature"),
    )
    .option(
      "--resume <folder>",
      "go on with a run that was stopped, with its own options; more --epochs than it had lengthen it",
    )
    .action(async (options: TrainOptions) => {
      const { resume } = options;
      const latent = options.latent ?? options.relaxation ?? (options.model === "mixture" ? "igr-sb" : "igr");
      const configuration =
        resume === undefined
          ? configurationOf(options, latent, options.temperature)
          : resumedConfiguration(command, resume, options.epochs);
      checkConfiguration(configuration);
      const { dataset, model, relaxation, temperature, seed } = configuration;
      const name = [dataset, ...(model === undefined ? [] : [model]), relaxation, temperature, "seed", seed];
      const out = resume ?? options.out ?? join("runs", defaultRunName(name));
      const observer = terminalObserver(configuration, options.quiet ?? false);
      try {
        const { directory } = await train(configuration, out, observer, signal, { resume: resume !== undefined });
        process.stdout.write(`Report: ${pathToFileURL(join(directory, "report.html")).href}\n`);
      } finally {
        observer.end();
      }
    });
}

/**
 * The configuration of a run to go on with: its own.
 * @throws Error for an option that would make it another run.
 */
function resumedConfiguration(command: Command, folder: string, epochs: number): RunConfiguration {
  const given = (name: string) => command.getOptionValueSource(name) === "cli";
  const allowed = ["resume", "epochs", "quiet"];
  const other = command.options.find(
    (option) => given(option.attributeName()) && !allowed.includes(option.attributeName()),
  );
  if (other) throw new Error(`igr train: --resume goes on with the options of ${folder}; leave out ${other.long}`);
  const configuration = readConfiguration(folder);
  return given("epochs") ? { ...configuration, epochs } : configuration;
}
