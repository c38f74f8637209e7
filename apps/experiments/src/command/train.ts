import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command, Option } from "commander";
import { numberOption, relaxationNames } from "../run/configuration.js";
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
    .action(async (options: TrainOptions) => {
      const latent = options.latent ?? options.relaxation ?? (options.model === "mixture" ? "igr-sb" : "igr");
      const configuration = configurationOf(options, latent, options.temperature);
      checkConfiguration(configuration);
      const { dataset, model, relaxation, temperature, seed } = configuration;
      const name = [dataset, ...(model === undefined ? [] : [model]), relaxation, temperature, "seed", seed];
      const out = options.out ?? join("runs", defaultRunName(name));
      const observer = terminalObserver(configuration, options.quiet ?? false);
      try {
        const { directory } = await train(configuration, out, observer, signal);
        process.stdout.write(`Report: ${pathToFileURL(join(directory, "report.html")).href}\n`);
      } finally {
        observer.end();
      }
    });
}
