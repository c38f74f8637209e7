import { type Command, Option } from "commander";
import { type EngineName, engineNames } from "../run/engine-names.js";
import { meanOf, standardErrorOf } from "../study/statistics.js";
import type { StepTimes } from "../timing/step-times.js";
import { type Cell, type Table, tableToJson, tableToText } from "../view/table.js";
import type { CommandContext } from "./context.js";
import { integer, list } from "./number-option.js";
import { scalingCommand } from "./scaling.js";

interface BenchOptions {
  readonly latents: readonly string[];
  readonly model: string;
  readonly dataset: string;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly rounds: number;
  readonly steps: number;
  readonly json?: boolean;
}

/** `igr bench`: step times of relaxations, measured alternately, as ratios. */
export function benchCommand(command: Command, context: CommandContext): Command {
  const { signal, stdout } = context;
  return (
    command
      .option("--latents <kinds>", "relaxations to time; the others are compared with the first", list, [
        "gs",
        "igr",
        "igr-sb",
      ])
      .addOption(
        new Option("--model <kind>", "model with the paper's sizes")
          .choices(["discrete-vae", "joint-vae"])
          .default("discrete-vae"),
      )
      .addOption(new Option("--dataset <name>").choices(["mnist", "fashion-mnist"]).default("mnist"))
      .addOption(new Option("--engine <name>", "engine that runs the steps").choices(engineNames).default("auto"))
      .option("--threads <n>", "threads of the compiled engine", integer(1))
      .option("--rounds <n>", "number of turns of each relaxation", integer(2), 20)
      .option("--steps <n>", "number of steps in a turn", integer(1), 50)
      .option("--json", "print JSON")
      // Options after the name of a subcommand are its own.
      .enablePositionalOptions()
      .addCommand(scalingCommand(context))
      .addHelpText("after", "\nExample:\n  igr bench --latents gs,igr --rounds 40 --threads 1")
      .action(async (options: BenchOptions) => {
        const { resolveConfiguration } = await import("../configuration/resolve.js");
        const { runTitle } = await import("../configuration/title.js");
        const { stepTimes } = await import("../timing/step-times.js");
        const configurations = options.latents.map((kind) =>
          resolveConfiguration({
            preset: "paper",
            model: { kind: options.model },
            latent: { kind, ...(kind === "igr-sb" ? { maxCategories: options.model === "joint-vae" ? 50 : 10 } : {}) },
            data: { name: options.dataset, validation: 0 },
          }),
        );
        const times = await stepTimes(configurations, { ...options, signal });
        const table = tableOf(configurations.map(runTitle), times, options);
        if (options.json)
          stdout(
            `${JSON.stringify({ ...(tableToJson(table) as object), milliseconds: times.milliseconds }, null, 2)}\n`,
          );
        else stdout(`${tableToText(table, process.stdout.columns ?? Number.POSITIVE_INFINITY)}\n`);
      })
  );
}

function tableOf(
  titles: readonly string[],
  { engine, backend, milliseconds }: StepTimes,
  { rounds, steps, threads }: BenchOptions,
): Table {
  const base = milliseconds[0] as readonly number[];
  const rows = titles.map((model, index): Record<string, Cell> => {
    const own = milliseconds[index] as readonly number[];
    const logs = own.map((each, round) => Math.log(each / (base[round] as number)));
    const ratio = Math.exp(meanOf(logs));
    const error = ratio * (standardErrorOf(logs) ?? Number.NaN);
    const sorted = [...own].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] as number;
    return {
      model: { text: model },
      median: { text: median.toFixed(2), value: median },
      ratio: { text: index === 0 ? "1" : `${ratio.toFixed(3)} ± ${error.toFixed(3)}`, value: ratio },
    };
  });
  return {
    name: "bench",
    title: "Milliseconds of a training step, measured alternately",
    head: [
      `${engine} on ${backend}${threads === undefined ? "" : `, ${threads} threads`}, ${rounds} turns of ${steps} steps`,
    ],
    columns: [
      { key: "model", title: "model", align: "left" },
      { key: "median", title: "median, ms" },
      { key: "ratio", title: "ratio to the first" },
    ],
    rows,
    notes: [
      "The ratio is the geometric mean of the ratios of adjacent turns, ± its standard error. Other load of the machine affects both turns.",
    ],
  };
}
