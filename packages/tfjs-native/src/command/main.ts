import { constants } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Cache } from "../cache/cache.js";
import { messageOf } from "../native-error.js";
import { Progress } from "../progress.js";
import { setup } from "../setup/setup.js";
import { defaultTensorFlow } from "../tensorflow-versions.js";
import { clean } from "./clean.js";
import { doctor, formatFindings } from "./doctor.js";

const help = `Builds the native add-on of @tensorflow/tfjs-node against TensorFlow from PyPI, in a cache of its own.

  npx @igr/tfjs-native setup     build it for the tfjs-node of this folder's project
  npx @igr/tfjs-native doctor    what is there, what works, what to do
  npx @igr/tfjs-native clean     remove the cache

setup and doctor:
  --gpu                  TensorFlow and CUDA for NVIDIA GPUs (Linux x64, about 6 GB)
  --python PATH          a Python 3.9 or later; one that has the TensorFlow that is wanted is used as it is
  --project PATH         the folder whose tfjs-node is meant; by default this one
  --json                 the result as JSON on stdout
setup:
  --tensorflow VERSION   2.20 or 2.20.0; by default ${defaultTensorFlow}
  --allow-cpu            with --gpu: a machine without a GPU is no error (for building images)
  --system-cuda          with --gpu: use the CUDA and cuDNN of the system, not PyPI's

Everything lies in IGR_TFJS_NATIVE_CACHE, by default the user's cache folder. Then, in a program:

  import { loadTfjsNode } from "@igr/tfjs-native";
  const tf = await loadTfjsNode();
`;

/** Runs the command and returns its exit code: 0; 1 for a failure, with a sentence on stderr; 2 for wrong usage; 128 plus the number of a signal. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    process.stderr.write(`tfjs-native: ${parsed}\n(npx @igr/tfjs-native --help)\n`);
    return 2;
  }
  const { command, values } = parsed;
  if (values.help || command === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const abort = new AbortController();
  let stoppedBy: (typeof stopSignals)[number] = "SIGINT";
  const stop = (signal: typeof stoppedBy) => {
    stoppedBy = signal;
    abort.abort(new Error("stopped"));
  };
  for (const signal of stopSignals) process.once(signal, stop);
  try {
    return await commands[command](values, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) {
      process.stderr.write(`Stopped.${command === "setup" ? " The next setup continues from here." : ""}\n`);
      return 128 + constants.signals[stoppedBy];
    }
    const text = process.env.IGR_DEBUG && error instanceof Error ? error.stack : messageOf(error);
    process.stderr.write(`tfjs-native: ${text}\n`);
    return 1;
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

/** Signals of Ctrl-C, `kill` and a closed terminal. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const options = {
  gpu: { type: "boolean" },
  "allow-cpu": { type: "boolean" },
  "system-cuda": { type: "boolean" },
  tensorflow: { type: "string" },
  python: { type: "string" },
  project: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
type Command = "setup" | "doctor" | "clean";

const accepted: Readonly<Record<Command, readonly string[]>> = {
  setup: ["gpu", "allow-cpu", "system-cuda", "tensorflow", "python", "project", "json", "help"],
  doctor: ["gpu", "python", "project", "json", "help"],
  clean: ["help"],
};

/** The command and its options, or the error in them. */
function parse(args: readonly string[]): { command: Command | undefined; values: Values } | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [command, ...more] = positionals;
    if (command !== undefined && !Object.hasOwn(accepted, command)) {
      return `unknown command "${command}": setup, doctor or clean`;
    }
    if (more.length > 0) return `${command} takes no "${more[0]}"`;
    const stray = command && Object.keys(values).find((name) => !accepted[command as Command].includes(name));
    if (stray) return `${command} has no option --${stray}`;
    if (!values.gpu && (values["allow-cpu"] || values["system-cuda"])) {
      return "--allow-cpu and --system-cuda go with --gpu";
    }
    return { command: command as Command | undefined, values };
  } catch (error) {
    return messageOf(error);
  }
}

const projectOf = ({ project }: Values): string => resolve(project ?? ".");

const commands: Readonly<Record<Command, (values: Values, signal: AbortSignal) => Promise<number>>> = {
  async setup(values, signal) {
    const { gpu, tensorflow, python } = values;
    const project = projectOf(values);
    const progress = new Progress();
    const asked = {
      gpu,
      tensorflow,
      python,
      project,
      allowCpu: values["allow-cpu"],
      systemCuda: values["system-cuda"],
    };
    const result = await setup({ ...asked, progress, signal });
    if (values.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return 0;
    }
    const device = result.isGpu ? "a GPU" : "the CPU";
    process.stdout.write(
      `${result.builtFrom} works with TensorFlow ${result.tensorflow} on ${device}${result.wasThere ? " (it was built before)" : ""}.\n` +
        `Load it by \`await loadTfjsNode(${gpu ? "{ gpu: true }" : ""})\` of @igr/tfjs-native.\n`,
    );
    return 0;
  },
  async doctor(values, signal) {
    const { gpu, python } = values;
    const findings = await doctor({ gpu, python, project: projectOf(values), signal });
    process.stdout.write(`${values.json ? JSON.stringify(findings) : formatFindings(findings)}\n`);
    return findings.some(({ state }) => state === "missing") ? 1 : 0;
  },
  async clean(_, signal) {
    const freed = await clean({ signal });
    const { folder } = new Cache();
    process.stdout.write(
      freed > 0 ? `Removed ${(freed / 1e6).toFixed(0)} MB from ${folder}.\n` : `Nothing to remove in ${folder}.\n`,
    );
    return 0;
  },
};
