import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { InputError } from "../input-error.js";
import { type EngineName, engineNames } from "../run/engine-names.js";
import { type Split, splitsOf, throughput } from "../timing/throughput.js";
import { type Table, tableToJson, tableToText } from "../view/table.js";
import type { CommandContext } from "./context.js";
import { integer, list } from "./number-option.js";

interface ScalingOptions {
  readonly splits?: readonly string[];
  readonly model: string;
  readonly engine: EngineName;
  readonly epochs: number;
  readonly images: number;
  readonly json?: boolean;
}

/** `igr bench scaling`: how much this machine trains when its cores are divided among runs. */
export function scalingCommand({ signal, stdout, stderr }: CommandContext): Command {
  return new Command("scaling")
    .description("images per second of the whole machine, by how its cores are divided among runs")
    .option("--splits <pxt>", "processes x threads, such as 1x8,2x4,8x1 (default: all equal parts)", list)
    .addOption(
      new Option("--model <kind>", "of the paper's sizes, with IGR")
        .choices(["discrete-vae", "joint-vae"])
        .default("discrete-vae"),
    )
    .addOption(new Option("--engine <name>", "what runs the steps").choices(engineNames).default("auto"))
    .option("--epochs <n>", "of each run; the first one is not counted", integer(3), 4)
    .option("--images <n>", "of an epoch", integer(100), 55_000)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  igr bench scaling --splits 1x2,2x1")
    .action(async (options: ScalingOptions) => {
      const { resolveConfiguration } = await import("../configuration/resolve.js");
      const { runTitle } = await import("../configuration/title.js");
      const splits = options.splits?.map(parseSplit) ?? splitsOf(availableParallelism());
      const configuration = resolveConfiguration({
        preset: "paper",
        model: { kind: options.model },
        latent: { kind: "igr" },
        data: { trainImages: options.images, validation: 0, testImages: 32 },
        epochs: options.epochs,
      });
      const rates: number[] = [];
      for (const split of splits) {
        stderr(`${split.processes} x ${split.threads} ...\n`);
        rates.push(await throughput(configuration, { ...split, engine: options.engine, signal }));
      }
      const table = tableOf(runTitle(configuration), splits, rates, options);
      stdout(
        options.json
          ? `${JSON.stringify(tableToJson(table), null, 2)}\n`
          : `${tableToText(table, process.stdout.columns ?? Number.POSITIVE_INFINITY)}\n`,
      );
    });
}

function parseSplit(text: string): Split {
  const [, processes = "", threads = ""] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (threads === "") throw new InputError(`--splits must be processes x threads, such as 2x4, got "${text}"`);
  return { processes: Number(processes), threads: Number(threads) };
}

function tableOf(
  title: string,
  splits: readonly Split[],
  rates: readonly number[],
  { epochs, images }: ScalingOptions,
): Table {
  const [first = Number.NaN] = rates;
  return {
    name: "scaling",
    title: `${title}: training images per second of the whole machine`,
    head: [`${availableParallelism()} cores; ${epochs} epochs of ${images.toLocaleString("en-US")} images in each run`],
    columns: [
      { key: "processes", title: "processes" },
      { key: "threads", title: "threads of each" },
      { key: "rate", title: "images/s" },
      { key: "ratio", title: "ratio to the first" },
    ],
    rows: splits.map(({ processes, threads }, index) => {
      const rate = rates[index] ?? Number.NaN;
      return {
        processes: { text: `${processes}`, value: processes },
        threads: { text: `${threads}`, value: threads },
        rate: { text: Math.round(rate).toLocaleString("en-US"), value: rate },
        ratio: { text: (rate / first).toFixed(2), value: rate / first },
      };
    }),
    notes: ["Counted from when every run has finished its first epoch until the first run ends."],
  };
}
