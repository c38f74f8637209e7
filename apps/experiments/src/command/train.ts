import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command, Option } from "commander";
import { numberOption, relaxationNames } from "../run/configuration.js";
import { defaultRunName } from "../run/run-directory.js";
import { train } from "../run/train.js";
import { terminalObserver } from "./observer.js";
import { configurationOf, type TrainOptions, withSharedOptions } from "./options.js";

/** `igr train`: one model, one run directory. */
export function trainCommand(signal: AbortSignal): Command {
  const command = new Command("train").description("train one discrete VAE and write a run directory");
  return withSharedOptions(command, 3)
    .addOption(
      new Option("--relaxation <name>", "igr: softmax++ (eq 21), gs: Gumbel-Softmax")
        .choices(relaxationNames)
        .default("igr"),
    )
    .option(
      "--temperature <x>",
      "of posterior and prior (default: 0.50 for igr, 0.67 for gs)",
      numberOption("--temperature"),
    )
    .action(async (options: TrainOptions) => {
      const configuration = configurationOf(options, options.relaxation, options.temperature);
      const { dataset, relaxation, temperature, seed } = configuration;
      const out = options.out ?? join("runs", defaultRunName([dataset, relaxation, temperature, "seed", seed]));
      const observer = terminalObserver(configuration, options.quiet ?? false);
      try {
        const { directory } = await train(configuration, out, observer, signal);
        process.stdout.write(`Report: ${pathToFileURL(join(directory, "report.html")).href}\n`);
      } finally {
        observer.end();
      }
    });
}
