import type { Command } from "commander";
import type { CommandContext } from "./context.js";

/** Adds the arguments, options and action of a command. */
export type AddCommand = (command: Command, context: CommandContext) => Command;

/** A command of the program, before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<AddCommand>;
  /** Whether the command reads the options of all other commands. */
  readonly needsAll?: boolean;
}

/** All commands, in the order of `igr --help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: "train",
    description: "train one model, or continue its training, and measure it",
    load: async () => (await import("./train.js")).trainCommand,
  },
  {
    name: "resume",
    description: "continue a stopped run, or extend a finished one",
    load: async () => (await import("./resume.js")).resumeCommand,
  },
  {
    name: "evaluate",
    description: "measure a trained model on its test set again; the stored measures do not change",
    load: async () => (await import("./evaluate.js")).evaluateCommand,
  },
  {
    name: "sample",
    description: "decode draws from a trained model's prior into a PNG",
    load: async () => (await import("./sample.js")).sampleCommand,
  },
  {
    name: "export",
    description: "export a trained model for other programs",
    load: async () => (await import("./export.js")).exportCommand,
  },
  {
    name: "study",
    description: "run a study of the paper, or your own study from a file",
    load: async () => (await import("./study.js")).loadStudyCommand(),
  },
  {
    name: "table",
    description: "show a table of the paper with its values and ours",
    load: async () => (await import("./study.js")).tableCommand,
  },
  {
    name: "figure",
    description: "draw a figure of the paper, as SVG and PNG",
    load: async () => (await import("./study.js")).figureCommand,
  },
  {
    name: "approximations",
    description: "fit relaxations to Poisson(50) and the paper's other discrete distributions",
    load: async () => (await import("./study.js")).approximationsCommand,
  },
  {
    name: "worker",
    description: "train runs for a study on another machine: the runs of a queue, or a share of the runs",
    load: async () => (await import("./worker.js")).workerCommand,
  },
  {
    name: "runs",
    description: "list, show, compare and delete runs",
    load: async () => (await import("./runs.js")).runsCommand,
  },
  {
    name: "report",
    description: "write a self-contained HTML page about runs, finished or not",
    load: async () => (await import("./report.js")).reportCommand,
  },
  {
    name: "docs",
    description: "regenerate the pages of results from kept runs and calculations",
    load: async () => (await import("./docs.js")).docsCommand,
  },
  {
    name: "match-temperature",
    description:
      "find the temperature at which a share of the draws lies near a vertex, for a uniform target (section 5)",
    load: async () => (await import("./match-temperature.js")).matchTemperatureCommand,
  },
  {
    name: "bench",
    description:
      "time training steps of relaxations alternately in one process; the paper: IGR 2 % faster than GS, IGR-SB 2-3 % slower",
    load: async () => (await import("./bench.js")).benchCommand,
  },
  {
    name: "doctor",
    description: "check which engines work here, how long their steps take, and why others don't work",
    load: async () => (await import("./doctor.js")).doctorCommand,
  },
  {
    name: "completion",
    description: "print a script that completes commands and options in a shell",
    load: async () => (await import("./completion.js")).completionCommand,
    needsAll: true,
  },
];
