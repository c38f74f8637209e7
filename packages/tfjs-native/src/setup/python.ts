import { existsSync } from "node:fs";
import { join } from "node:path";
import { finish, partialOf } from "../cache/cache.js";
import { NativeError } from "../native-error.js";
import type { Progress } from "../progress.js";
import { lastLines, runProgram } from "../run-program.js";
import { distributionOf, type Flavour } from "../tensorflow-versions.js";

/** A Python and the TensorFlow in it, if any. */
export interface Python {
  readonly program: string;
  readonly version: string;
  readonly canMakeEnvironments: boolean;
  readonly tensorflow: { readonly distribution: string; readonly version: string; readonly folder: string } | null;
}

const question = `
import importlib.metadata, importlib.util, json, os, sys
found = None
for name in ("tensorflow", "tensorflow-cpu"):
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        continue
    folder = os.path.realpath(str(distribution.locate_file("tensorflow")))
    if os.path.isdir(folder):
        found = {"distribution": name, "version": distribution.version, "folder": folder}
print(json.dumps({
    "program": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "canMakeEnvironments": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
    "tensorflow": found,
}))
`;

/** What a Python program reports about itself; undefined unless it is Python 3.9 or later. */
export async function askPython(program: string): Promise<Python | undefined> {
  if (program === "") return undefined;
  const { code, stdout } = await runProgram(program, ["-c", question]);
  if (code !== 0) return undefined;
  try {
    const python = JSON.parse(stdout) as Python;
    const [major = 0, minor = 0] = python.version.split(".").map(Number);
    return major === 3 && minor >= 9 ? python : undefined;
  } catch {
    return undefined;
  }
}

export interface FindPythonOptions {
  /** The program of `--python`; no other is tried. */
  readonly asked?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * The Python to use: the requested one; otherwise that of the active virtual environment; otherwise `python3` or `python` on the PATH.
 * @throws NativeError `python-missing`.
 */
export async function findPython({ asked, environment = process.env }: FindPythonOptions = {}): Promise<Python> {
  if (asked !== undefined) {
    const python = await askPython(asked);
    if (python) return python;
    throw new NativeError(
      "python-missing",
      `setup: --python ${asked || '""'} is no Python 3.9 or later; pass the path of its program`,
    );
  }
  const active = environment.VIRTUAL_ENV;
  for (const program of [...(active ? [join(active, "bin", "python")] : []), "python3", "python"]) {
    const python = await askPython(program);
    if (python) return python;
  }
  throw new NativeError(
    "python-missing",
    "setup: no Python 3.9 or later is on the PATH; it downloads TensorFlow's libraries from PyPI. Install it " +
      "(Debian, Ubuntu: `apt install python3 python3-venv`; Fedora: `dnf install python3`) or pass --python PATH",
  );
}

/** Whether an installed TensorFlow is the requested one. */
export function fits({ tensorflow }: Python, flavour: Flavour, version: string | undefined): boolean {
  if (!tensorflow) return false;
  if (tensorflow.distribution !== distributionOf(flavour)) return false;
  return version === undefined || tensorflow.version === version || tensorflow.version.startsWith(`${version}.`);
}

/**
 * A virtual environment with pip at `folder`. It is made again unless it works. Nothing is installed into the user's own environment.
 * @returns its Python program.
 * @throws NativeError `python-missing` if Python cannot make virtual environments.
 */
export async function virtualEnvironment(
  folder: string,
  python: Python,
  progress: Progress,
  signal?: AbortSignal,
): Promise<string> {
  const program = join(folder, "bin", "python");
  if (existsSync(program) && (await runProgram(program, ["-m", "pip", "--version"], { signal })).code === 0) {
    return program;
  }
  if (!python.canMakeEnvironments) {
    throw new NativeError(
      "python-missing",
      `setup: ${python.program} (${python.version}) can't make virtual environments: it lacks venv or ensurepip. ` +
        "On Debian and Ubuntu they are a separate package: `apt install python3-venv`; or pass --python PATH of another",
    );
  }
  progress.step(`Making a virtual environment with Python ${python.version} (${python.program})`);
  const partial = partialOf(folder);
  const made = await runProgram(python.program, ["-m", "venv", partial], { signal });
  if (made.code !== 0) {
    const words = lastLines(made.stderr || made.stdout, 2);
    if (/No space left|Errno 28/.test(words)) {
      throw new NativeError("disk-full", `setup: no room left for ${folder}: ${words}`);
    }
    throw new NativeError(
      "python-missing",
      `setup: ${python.program} -m venv failed: ${words}; pass --python PATH of another`,
    );
  }
  finish(partial, folder);
  return program;
}
