import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { enabling, isEnabled } from "./real-backend.js";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const pnpm = join(workspace, "node_modules/pnpm/bin/pnpm.cjs");

/** What a user does, from an empty folder: install, set up, run the README's program. */
describe("with PyPI's TensorFlow and npm's tfjs-node", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "igr-real-setup-"));
  const project = join(folder, "project");
  // CI names the cache, so that what is built here serves the suites that follow.
  const cache = process.env.IGR_TFJS_NATIVE_CACHE ?? join(folder, "cache");
  const program = join(project, "node_modules/@igr/tfjs-native/bin/igr-tfjs-native.mjs");
  // Neither LD_LIBRARY_PATH nor anything else that a library might be found by.
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    IGR_TFJS_NATIVE_CACHE: cache,
    ...pipSettings(),
  };
  let installed: string[];

  const system = `${process.platform}-${process.arch}`;

  function run(command: string, args: readonly string[], cwd = project, env: NodeJS.ProcessEnv = environment) {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env });
    return { code: status, stdout, stderr };
  }
  const igr = (...args: string[]) => run(process.execPath, [program, ...args]);

  /** The command and a module of the project, with a cache of their own. */
  function withCache(name: string, more: NodeJS.ProcessEnv = {}) {
    const env = { ...environment, ...more, IGR_TFJS_NATIVE_CACHE: join(folder, name) };
    return {
      folder: join(folder, name, system),
      env,
      igr: (...args: string[]) => run(process.execPath, [program, ...args], project, env),
      module(source: string) {
        const file = join(project, "module.mjs");
        writeFileSync(file, `import { loadTfjsNode } from "@igr/tfjs-native";\n${source}`);
        const finished = run(process.execPath, [file], project, env);
        rmSync(file);
        return finished;
      },
    };
  }
  const files = () =>
    readdirSync(project, { recursive: true, encoding: "utf8" })
      .map((name) => ({ name, stat: statSync(join(project, name)) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ name, stat }) => `${name} ${stat.size} ${stat.mtimeMs}`)
      .sort();

  beforeAll(() => {
    if (!isEnabled) return;
    const tarballs = ["files", "tfjs-native"].map((name) => {
      const from = join(workspace, "packages", name);
      const packed = run(process.execPath, [pnpm, "pack", "--json", "--pack-destination", folder], from);
      return (JSON.parse(packed.stdout) as { filename: string }).filename;
    });
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
    const names = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-node@4.22.0", ...tarballs];
    const npm = run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", ...names]);
    expect(npm).toMatchObject({ code: 0 });
    installed = files();
  }, 600_000);
  beforeEach((context) => {
    if (!isEnabled) context.skip(enabling);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

  test("setup that was killed while it compiled continues without a second download, and does not change the project", async () => {
    const child = spawn(process.execPath, [program, "setup"], { cwd: project, env: environment });
    let progress = "";
    for await (const text of child.stderr.setEncoding("utf8")) {
      progress += text;
      if (/Compiling|Checking/.test(progress)) break;
    }
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");

    const again = igr("setup");
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("@tensorflow/tfjs-node 4.22.0 works with TensorFlow 2.21.0 on the CPU"),
    });
    expect(again.stderr).not.toContain("Installing");
    expect(files()).toEqual(installed);
    const third = igr("setup");
    expect(third.stdout).toContain("(it was built before)");
    const doctor = igr("doctor");
    expect(doctor.stdout).toContain("2.21.0 computes on the CPU");
    expect(doctor.code).toBe(0);
  });

  test("the README's program type-checks and trains, on one tfjs-core", () => {
    const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] as string;
    writeFileSync(join(project, "example.ts"), example);
    const options = ["--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "example.ts"];
    const compiled = run(process.execPath, [join(workspace, "node_modules/typescript/bin/tsc"), ...options]);
    expect(compiled).toMatchObject({ code: 0, stdout: "" });
    const { stdout, stderr, code } = run(process.execPath, ["example.js"]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/tfjs-node: TensorFlow 2\.21\.0 on CPU/),
    });
    expect(stderr).not.toContain("Deprecation");
    expect(stdout).toMatch(/^tensorflow cpu\nFloat32Array\(2\) \[ (1\.9|2\.0)\d*, -(2\.9|3\.0)\d* \]\n$/);

    const copies = readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(join("@tensorflow", "tfjs-core", "package.json")),
    );
    expect(copies).toEqual([join("@tensorflow", "tfjs-core", "package.json")]);
    rmSync(join(project, "example.ts"));
  });

  test("a library's tfjs-core computes on it, and a GPU is not silently replaced", () => {
    const source = `import * as core from "@tensorflow/tfjs-core";
      import { loadTfjsNode } from "@igr/tfjs-native";
      await core.ready().catch(() => {});
      const tf = await loadTfjsNode({ log() {} });
      const x = core.tensor1d([1, 2]);
      console.log(core.getBackend(), core.grad((v) => core.sum(core.square(v)))(x).dataSync().join(), x instanceof tf.Tensor);
      console.log(tf.topk(x, 1).values.dataSync()[0], tf.tensor1d([1, 2, 3]).reverse().dataSync().join());
      await loadTfjsNode({ gpu: true }).catch(({ reason }) => console.log(reason));`;
    writeFileSync(join(project, "library.mjs"), source);
    const { stdout, stderr } = run(process.execPath, ["library.mjs"]);
    expect(stdout, stderr).toBe("tensorflow 2,4 true\n2 3,2,1\nnot-set-up\n");
    rmSync(join(project, "library.mjs"));
  });

  test.runIf(process.platform === "linux")("moved elsewhere, the cache still works", () => {
    const moved = join(folder, "moved");
    // Hard links of what is loaded, in the place of another gigabyte.
    const [addon] = readdirSync(join(cache, system, "addons"));
    const libraries = join("tensorflow", "cpu-2.21.0", "tensorflow");
    const loaded = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"].map((file) => join(libraries, file));
    for (const file of [
      ...loaded,
      ...["addon.json", "tfjs_binding.node"].map((each) => join("addons", addon!, each)),
    ]) {
      mkdirSync(dirname(join(moved, system, file)), { recursive: true });
      linkSync(join(cache, system, file), join(moved, system, file));
    }
    const source = `import { loadTfjsNode } from "@igr/tfjs-native"; const tf = await loadTfjsNode({ cache: ${JSON.stringify(moved)}, log() {} });
      const { readFileSync } = await import("node:fs");
      console.log(readFileSync("/proc/self/maps", "utf8").split("\\n").filter((l) => /libtensorflow_cc/.test(l)).every((l) => l.includes("/moved/")), tf.getBackend());`;
    writeFileSync(join(project, "moved.mjs"), source);
    const { stdout, stderr } = run(process.execPath, ["moved.mjs"]);
    expect(stdout, stderr).toBe("true tensorflow\n");
    rmSync(join(project, "moved.mjs"));
  });

  test.runIf(process.platform === "linux")(
    "ended by SIGTERM while venv runs pip, and while TensorFlow comes, setup leaves no process, and goes on",
    async () => {
      const own = withCache("stopped");
      async function stopAt(step: RegExp) {
        const child = spawn(process.execPath, [program, "setup"], { cwd: project, env: own.env });
        let stderr = "";
        let isStopped = false;
        for await (const text of child.stderr.setEncoding("utf8")) {
          stderr += text;
          if (!isStopped && step.test(stderr)) {
            isStopped = true;
            // venv starts pip once the Python of the new environment is there.
            if (step.test("Making")) {
              while (!processes(own.folder).some((line) => line.includes("ensurepip"))) await sleep(20);
            }
            child.kill("SIGTERM");
          }
        }
        if (child.exitCode === null) await once(child, "close");
        expect(child.exitCode).toBe(143);
        while (processes(own.folder).length > 0) await sleep(20);
        return stderr;
      }
      expect(await stopAt(/Making/)).toMatch(/Stopped\. The next setup continues from here\.\n$/);
      expect(own.igr("doctor").stdout).toMatch(/^note +half built +python\.\d+\.partial is left/m);
      expect(await stopAt(/Installing/)).toMatch(/^A setup that did not end left python\.\d+\.partial: removed/);
      const last = await stopAt(/Installing/);
      expect(last).toMatch(/^A setup that did not end left cpu-2\.21\.0\.\d+\.partial: removed.*\nInstalling/);
      expect(own.igr("clean")).toMatchObject({ code: 0, stdout: expect.stringContaining("Removed") });
      expect(readdirSync(own.folder)).toEqual([]);
    },
  );

  test.runIf(process.platform === "linux")(
    "where a library of the user's TensorFlow got another name, setup, doctor and the program say so",
    () => {
      const own = withCache("renamed");
      const environmentOfUser = join(folder, "venv, of a user");
      expect(run("python3", ["-m", "venv", "--without-pip", environmentOfUser])).toMatchObject({ code: 0 });
      const python = join(environmentOfUser, "bin/python");
      const where = "import sysconfig; print(sysconfig.get_path('purelib'), end='')";
      const packages = run(python, ["-c", where]).stdout;
      // The wheel that the first test unpacked, by links.
      const unpacked = join(cache, system, "tensorflow/cpu-2.21.0");
      mkdirSync(join(packages, "tensorflow"));
      for (const name of ["include", "libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
        symlinkSync(join(unpacked, "tensorflow", name), join(packages, "tensorflow", name));
      }
      const metadata = "tensorflow_cpu-2.21.0.dist-info";
      symlinkSync(join(unpacked, metadata), join(packages, metadata));

      const first = own.igr("setup", "--python", python);
      expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(`Using TensorFlow 2.21.0 of ${python}`) });
      expect(first.stderr).not.toContain("Installing");
      const source = "await loadTfjsNode().catch(({ reason, message }) => console.log(reason, message));";
      expect(own.module(source).stdout).toBe("");

      const library = join(packages, "tensorflow/libtensorflow_cc.so.2");
      renameSync(library, library.replace(/2$/, "3"));
      const words = "libtensorflow_cc.so.2: cannot open shared object file: No such file or directory";
      expect(own.module(source).stdout).toMatch(new RegExp(`^not-loadable .* can't be loaded: ${words}; `));
      const doctor = own.igr("doctor");
      expect(doctor.code).toBe(1);
      expect(doctor.stdout).toMatch(new RegExp(`^MISSING +add-on .* doesn't compute: ${words}; run `, "m"));
      const again = own.igr("setup", "--python", python);
      expect(again).toMatchObject({ code: 1, stdout: "" });
      expect(again.stderr).toContain(
        "has no libtensorflow_cc.so.2 (its libraries: libtensorflow_cc.so.3, libtensorflow_framework.so.2); PyPI's 2.21.0 has them",
      );
    },
  );

  test.runIf(process.platform === "linux" && process.arch === "x64")(
    "the GPU's wheel builds, and without a GPU is an error that says why, for setup, doctor and the program",
    () => {
      const own = withCache("gpu", { CUDA_VISIBLE_DEVICES: "-1" });
      const hidden = 'CUDA_VISIBLE_DEVICES="-1" hides every GPU; unset it';
      // Without CUDA's own wheels, 5 GB.
      const setup = own.igr("setup", "--gpu", "--system-cuda");
      expect(setup).toMatchObject({ code: 1, stdout: "" });
      expect(setup.stderr).toContain("but TensorFlow 2.21.0 found no GPU");
      expect(setup.stderr).toContain(hidden);
      expect(own.igr("doctor", "--gpu")).toMatchObject({ code: 1, stdout: expect.stringContaining(hidden) });
      const again = own.igr("setup", "--gpu", "--system-cuda", "--allow-cpu");
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("on the CPU (it was built before)") });

      // The CPU's add-on beside it, by a link to its libraries.
      const [addon] = readdirSync(join(cache, system, "addons")).filter((name) => name.startsWith("cpu-2.21.0-"));
      cpSync(join(cache, system, "addons", addon!), join(own.folder, "addons", addon!), { recursive: true });
      symlinkSync(join(cache, system, "tensorflow/cpu-2.21.0"), join(own.folder, "tensorflow/cpu-2.21.0"));
      const { stdout, stderr } = own.module(
        `await loadTfjsNode({ gpu: true }).catch(({ reason, message }) => console.log(reason, message));
         const tf = await loadTfjsNode();
         console.log(tf.getBackend(), tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync()[0]);`,
      );
      expect(stdout, stderr).toMatch(/^no-gpu .*hides every GPU; unset it.*\ntensorflow 3\n$/);
      const allowed = own.module("await loadTfjsNode({ gpu: true, allowCpu: true });");
      expect(allowed.stderr).toMatch(
        /tfjs-node: TensorFlow 2\.21\.0 on CPU .*, as it found no GPU: CUDA_VISIBLE_DEVICES/,
      );
    },
  );
});

/** Command lines of the processes that name `folder`. */
function processes(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return []; // it ended meanwhile
      }
    })
    .filter((line) => line.includes(folder));
}

/** Which index pip asks is the machine's business. */
function pipSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PIP_|HTTPS?_PROXY|NO_PROXY|SSL_|NODE_EXTRA)/i.test(name)),
  );
}
