import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { History } from "@igr/models";
import { thisMachine } from "../machine.js";
import type { BuiltModel } from "./build-model.js";
import type { RunData } from "./load-data.js";
import type { RunEnvironment } from "./record.js";

interface Computed {
  readonly threads: number | undefined;
  readonly device: string | undefined;
  readonly history: History;
}

/** The engine, program version and machine of a run. */
export function environmentOf(
  { model, data }: { readonly model: BuiltModel; readonly data: RunData },
  { threads, device, history }: Computed,
): RunEnvironment {
  const { engine, backend, epochs, likelihood } = history;
  const require = createRequire(import.meta.url);
  const names = ["@tensorflow/tfjs-core", ...(engine === "jit" ? ["onnxruntime-node"] : [])];
  const versions = names.map((name) => [name, (require(`${name}/package.json`) as { version: string }).version]);
  const commit = commitOf();
  const { node, cpu, cores } = thisMachine();
  return {
    node,
    platform: `${process.platform} ${process.arch}`,
    cpu,
    cores,
    engine,
    backend,
    ...(engine === "jit" && threads !== undefined ? { threads } : {}),
    ...(device === undefined ? {} : { device }),
    versions: Object.fromEntries(versions),
    ...(commit === undefined ? {} : { commit }),
    latent: latentOf(model),
    likelihood,
    images: { training: data.training.length, validation: data.validation.length, test: data.test.length },
    seconds: Math.round(epochs.reduce((sum, { seconds }) => sum + seconds, 0)),
  };
}

/** The latent parts as in a checkpoint: the model's config without its networks. */
function latentOf(model: BuiltModel): Record<string, unknown> {
  const { kind, encoder, decoder, networks, likelihood, ...parts } = model.config();
  return kind === "discrete-vae" ? (parts.latent as Record<string, unknown>) : { kind, ...parts };
}

/**
 * The commit of this file's repository, with a `+` where tracked files differ from it; absent outside of a repository,
 * or without git.
 */
function commitOf(): string | undefined {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8", timeout: 10_000 });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git("rev-parse", "--short=12", "HEAD");
  if (commit === undefined) return undefined;
  return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}+`;
}
