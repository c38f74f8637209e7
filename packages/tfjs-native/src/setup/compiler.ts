import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { NativeError } from "../native-error.js";
import { lastLines, runProgram } from "../run-program.js";
import type { TensorFlow } from "./tensorflow.js";

const require = createRequire(import.meta.url);

export interface Compiler {
  readonly program: string;
  /** Arguments before all others, as in `CXX="ccache g++"`. */
  readonly args: readonly string[];
  /** First line of its `--version`. */
  readonly version: string;
}

/**
 * The compiler: `$CXX`, a program with or without arguments; otherwise `c++`, `g++` or `clang++`.
 * @throws NativeError `compiler-missing`.
 */
export async function findCompiler(environment: NodeJS.ProcessEnv = process.env): Promise<Compiler> {
  const { CXX: asked } = environment;
  const candidates = asked ? [[asked], asked.trim().split(/\s+/)] : [["c++"], ["g++"], ["clang++"]];
  for (const [program = "", ...args] of candidates) {
    if (program === "") continue;
    const { code, stdout } = await runProgram(program, [...args, "--version"]);
    if (code === 0) return { program, args, version: stdout.split("\n")[0]?.trim() ?? program };
  }
  const names = asked
    ? `the compiler that CXX names, ${asked}, does not run`
    : "no C++ compiler (c++, g++, clang++) is on the PATH";
  throw new NativeError(
    "compiler-missing",
    `setup: ${names}. Install one (Debian, Ubuntu: \`apt install g++\`; Fedora: \`dnf install gcc-c++\`; Alpine has no TensorFlow; ` +
      "macOS: `xcode-select --install`) or name it by CXX",
  );
}

export interface CompileOptions {
  readonly compiler: Compiler;
  /** C++ files. */
  readonly sources: readonly string[];
  readonly tensorflow: TensorFlow;
  /** The add-on to write. */
  readonly output: string;
  /** Root of the cache. Paths in it are relative to the add-on, so that the cache can be moved. */
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles an add-on against TensorFlow's headers and npm's `node-api-headers`. The add-on contains the path of the libraries, so loading it
 * needs no environment variable. Its two files use a C interface, so node-gyp, make and Node's own headers are not needed.
 * @throws NativeError `compile-failed` with the compiler's first error; all errors are in `compile.log` beside the output.
 */
export async function compileAddon(options: CompileOptions): Promise<void> {
  const { compiler, sources, tensorflow, output, cache, signal } = options;
  const folder = dirname(output);
  mkdirSync(folder, { recursive: true });
  const { include_dir: nodeHeaders } = require("node-api-headers") as { include_dir: string };
  const isMac = process.platform === "darwin";
  const flags = [
    "-std=c++17",
    "-O2",
    "-fPIC",
    "-w",
    "-DNAPI_VERSION=8",
    `-I${join(tensorflow.folder, "include")}`,
    `-I${nodeHeaders}`,
  ];

  const run = async (args: readonly string[]) => {
    const { code, stderr } = await runProgram(compiler.program, [...compiler.args, ...args], { signal });
    if (code !== 0) throw explain(compiler, args, stderr, folder);
  };
  const objects = sources.map((source) => join(folder, `${basename(source)}.o`));
  const jobs = sources.map((source, k) => () => run([...flags, "-c", source, "-o", objects[k] as string]));
  // Compiling a file takes half a gigabyte of memory, so files are compiled in parallel only if there are enough cores.
  if (availableParallelism() > 1) await Promise.all(jobs.map((job) => job()));
  else for (const job of jobs) await job();

  const origin = isMac ? "@loader_path" : "$ORIGIN";
  const rpaths = new Set(
    [...tensorflow.libraries, ...tensorflow.cuda].map((library) => libraryPath(folder, dirname(library), cache)),
  );
  // -Wl, would split a path at its commas.
  const search = [...rpaths].flatMap((path) => [
    "-Xlinker",
    "-rpath",
    "-Xlinker",
    path.startsWith("/") ? path : `${origin}/${path}`,
  ]);
  const shared = isMac ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  // TensorFlow opens CUDA's libraries by name, in folders that not all of its releases list. Loaded with the add-on, the name finds them.
  const cuda =
    tensorflow.cuda.length > 0 ? ["-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined", ...tensorflow.cuda] : [];
  await run([...shared, "-o", output, ...objects, ...tensorflow.libraries, ...cuda, ...search]);
}

/** The path of the libraries: relative to the add-on's folder if both are in `cache`, so that the cache can be moved; otherwise absolute. */
export function libraryPath(addonFolder: string, libraries: string, cache: string): string {
  return libraries.startsWith(`${cache}/`) ? relative(addonFolder, libraries) : libraries;
}

function explain(
  { program, args: first }: Compiler,
  args: readonly string[],
  stderr: string,
  folder: string,
): NativeError {
  const log = join(folder, "compile.log");
  writeFileSync(log, `${[program, ...first, ...args].join(" ")}\n${stderr}`);
  if (/No space left/.test(stderr)) {
    return new NativeError("disk-full", `setup: the disk is full: ${lastLines(stderr, 1)}`);
  }
  const complaint =
    stderr.split("\n").find((line) => /error|fatal|undefined|unrecognized|cannot/i.test(line)) ?? lastLines(stderr, 1);
  const advice = /std=|c\+\+17/.test(complaint) ? " TensorFlow's headers need C++17: GCC 9, Clang 10 or later." : "";
  return new NativeError(
    "compile-failed",
    `setup: ${program} failed: ${complaint.trim()}.${advice} All of its words: ${log}`,
  );
}
