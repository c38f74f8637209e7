import { type Command, InvalidArgumentError, Option } from "commander";
import { InputError } from "../input-error.js";
import type { CommandContext } from "./context.js";
import { integer } from "./number-option.js";

const families = ["gumbel-softmax", "igr", "igr-stick-breaking"] as const;

interface Options {
  readonly family: (typeof families)[number];
  readonly categories: number;
  readonly within: number;
  readonly fraction: number;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `igr match-temperature`: the temperature at which enough draws lie near a vertex. */
export function matchTemperatureCommand(command: Command, { stdout }: CommandContext): Command {
  return command
    .addOption(
      new Option("--family <name>", "IGR with loc 0 and scale 1: only scale / temperature matters")
        .choices(families)
        .default("gumbel-softmax"),
    )
    .option("--categories <n>", "categories, equally likely", integer(2), 10)
    .option("--within <x>", "Euclidean distance that counts as near", positive, 0.2)
    .option("--fraction <x>", "share of the draws that must be near", positive, 0.75)
    .option("--samples <n>", "draws at each temperature", integer(1), 20_000)
    .option("--seed <n>", "seed of the draws", integer(0), 1)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  igr match-temperature --family igr --categories 50")
    .action(async ({ seed, json, ...options }: Options) => {
      const { createRng, matchTemperature } = await import("@igr/core");
      const { chooseEngine } = await import("../run/engine.js");
      await chooseEngine("cpu");
      try {
        const found = matchTemperature({ ...options, rng: createRng(seed) });
        const { temperature, standardError, share } = found;
        if (json) stdout(`${JSON.stringify({ ...options, seed, ...found }, null, 2)}\n`);
        else {
          stdout(
            `${options.family} with ${options.categories} categories: temperature ${temperature.toFixed(4)} ± ${standardError.toFixed(4)}, at which ${(100 * share).toFixed(1)} % of the draws lie within ${options.within} of a vertex\n`,
          );
        }
      } catch (error) {
        throw error instanceof RangeError ? new InputError(error.message, { cause: error }) : error;
      }
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number > 0.");
}
