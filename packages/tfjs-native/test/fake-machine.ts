import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/igr-tfjs-native.mjs", import.meta.url));
const fakes = fileURLToPath(new URL("./fake", import.meta.url));

/** What the administrator's programs are started by on Linux so that permissions of files hold for them, too. */
const withoutOverride = [
  "/usr/bin/setpriv",
  ...["--bounding-set", "--inh-caps"].map((set) => `${set}=-dac_override,-dac_read_search`),
];
const isAdministrator = process.getuid?.() === 0;

/** Whether programs can be made to obey the permissions of files. */
export const canObeyPermissions =
  !isAdministrator || spawnSync(withoutOverride[0]!, [...withoutOverride.slice(1), "true"]).status === 0;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project with a fake tfjs-node, a PATH with a fake Python and compiler, and an empty cache, in one temporary folder. */
export class FakeMachine {
  readonly folder = mkdtempSync(join(tmpdir(), "igr-tfjs-native-"));
  readonly project = join(this.folder, "project");
  readonly cache = join(this.folder, "cache");
  readonly bin = join(this.folder, "bin");
  #launcher: readonly string[] = [];

  constructor() {
    if (!existsSync(fileURLToPath(new URL("../dist/command/main.js", import.meta.url)))) {
      throw new Error("packages/tfjs-native is not built: run `npm test`, which builds first");
    }
    mkdirSync(this.bin, { recursive: true });
    // Only these programs are found; Node is, as the fakes are written in it.
    symlinkSync(process.execPath, join(this.bin, "node"));
    symlinkSync("/usr/bin/env", join(this.bin, "env"));
    this.install("python3", "python.mjs");
    this.install("c++", "cxx.mjs");
    this.addPackage("@tensorflow/tfjs-node", "4.22.0", "tfjs-node.cjs");
    this.addPackage("@tensorflow/tfjs", "4.22.0");
    this.addPackage("@tensorflow/tfjs-core", "4.22.0");
    this.addPackage("@mapbox/node-pre-gyp", "1.0.9");
    const binding = join(this.modules, "@tensorflow/tfjs-node/binding");
    mkdirSync(binding);
    for (const file of ["tfjs_backend.cc", "tfjs_binding.cc", "utils.h"]) {
      writeFileSync(join(binding, file), `// ${file}`);
    }
    writeFileSync(join(this.project, "package.json"), "{}");
  }

  get modules(): string {
    return join(this.project, "node_modules");
  }

  /** Puts a fake program on the PATH. */
  install(name: string, source: string): void {
    cpSync(join(fakes, source), join(this.bin, name));
    chmodSync(join(this.bin, name), 0o755);
  }

  uninstall(name: string): void {
    rmSync(join(this.bin, name));
  }

  addPackage(name: string, version: string, main?: string, modules = this.modules): string {
    const folder = join(modules, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, main: "index.js" }));
    if (main) cpSync(join(fakes, main), join(folder, "index.js"));
    else writeFileSync(join(folder, "index.js"), "module.exports = {};\n");
    return folder;
  }

  environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return { PATH: this.bin, HOME: this.folder, IGR_TFJS_NATIVE_CACHE: this.cache, ...extra };
  }

  /** From here on programs obey the permissions of files, though the administrator started them. */
  obeyPermissions(): void {
    if (isAdministrator) this.#launcher = withoutOverride;
  }

  /** Runs the built command in the project. */
  run(args: readonly string[], extra?: Readonly<Record<string, string>>): Finished {
    return this.#finish([program, ...args], extra);
  }

  /** Starts the built command in the project. */
  start(args: readonly string[], extra?: Readonly<Record<string, string>>) {
    return spawn(process.execPath, [program, ...args], { cwd: this.project, env: this.environment(extra) });
  }

  /** Runs a module of the project that may import the package by its path, `PACKAGE`. */
  runModule(source: string, extra?: Readonly<Record<string, string>>): Finished {
    const file = join(this.folder, "program.mjs");
    const index = JSON.stringify(fileURLToPath(new URL("../dist/index.js", import.meta.url)));
    writeFileSync(file, source.replaceAll("PACKAGE", index));
    return this.#finish([file], extra);
  }

  #finish(args: readonly string[], extra?: Readonly<Record<string, string>>): Finished {
    const [command, ...rest] = [...this.#launcher, process.execPath, ...args] as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(command, rest, {
      cwd: this.project,
      encoding: "utf8",
      env: this.environment(extra),
    });
    return { code: status, stdout, stderr };
  }

  /** Every file of the project with its content and time of change. */
  snapshot(folder = this.project): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => `${path} ${statSync(path).mtimeMs} ${readFileSync(path, "utf8")}`)
      .sort();
  }

  /** Names in a folder of the cache. */
  cached(name: string): string[] {
    const folder = join(this.cache, `${process.platform}-${process.arch}`, name);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
