import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { distributionOf } from "../src/tensorflow-versions.js";
import { FakeMachine } from "./fake-machine.js";

const isSupported = process.platform === "linux" || process.platform === "darwin";

describe.skipIf(!isSupported)("igr-tfjs-native setup, with a fake Python, pip, compiler and tfjs-node", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => machine.remove());

  test("builds into the cache without changing the project, and only checks the second time", () => {
    const before = machine.snapshot();
    const first = machine.run(["setup"]);
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("@tensorflow/tfjs-node 4.22.0 works with TensorFlow 2.21.0 on the CPU"),
    });
    expect(first.stderr).toBe(
      `Making a virtual environment with Python 3.11.7 (${join(machine.bin, "python3")})\n` +
        "Installing TensorFlow 2.21.0 (cpu) from PyPI\n" +
        "Compiling @tensorflow/tfjs-node 4.22.0 with fake c++ 1.0\n" +
        "Checking a matrix product and a gradient\n",
    );
    expect(machine.cached("tensorflow")).toEqual(["cpu-2.21.0"]);
    const [addon] = machine.cached("addons");
    expect(addon).toMatch(/^cpu-2\.21\.0-[0-9a-f]{12}$/);

    const second = machine.run(["setup"], { PATH: machine.bin });
    expect(second.stderr).toBe("Checking a matrix product and a gradient\n");
    expect(second.stdout).toContain("(it was built before)");
    expect(machine.snapshot()).toEqual(before);
    expect(readdirSync(join(machine.cache, `${process.platform}-${process.arch}`)).sort()).toEqual([
      "addons",
      "python",
      "tensorflow",
    ]);
  });

  test("the add-on names its libraries relative to itself, and its headers come from npm", () => {
    machine.run(["setup"]);
    const folder = join(machine.cache, `${process.platform}-${process.arch}`, "addons", machine.cached("addons")[0]!);
    const linked = readFileSync(join(folder, "tfjs_binding.node"), "utf8").split("\n");
    expect(linked).toContainEqual(
      expect.stringMatching(/^(\$ORIGIN|@loader_path)\/\.\.\/\.\.\/tensorflow\/cpu-2\.21\.0\/tensorflow$/),
    );
    const compiled = readFileSync(join(folder, "tfjs_backend.cc.o"), "utf8").split("\n");
    expect(compiled).toContainEqual(expect.stringMatching(/^-I.*node-api-headers.*include$/));
    expect(compiled).toContain("-DNAPI_VERSION=8");
  });

  test("CXX may name a compiler with arguments, or a path with blanks", () => {
    const folder = join(machine.cache, `${process.platform}-${process.arch}`, "addons");
    const compiled = () => readFileSync(join(folder, machine.cached("addons")[0]!, "tfjs_backend.cc.o"), "utf8");
    expect(machine.run(["setup"], { CXX: "env c++" })).toMatchObject({ code: 0 });
    expect(compiled()).toMatch(/^-std=/);
    machine.run(["clean"]);
    machine.install("my c++", "cxx.mjs");
    expect(machine.run(["setup"], { CXX: join(machine.bin, "my c++") })).toMatchObject({ code: 0 });
    expect(compiled()).toMatch(/^-std=/);
  });

  test("of a version with two numbers the patch with a known hash is taken, and found again", () => {
    expect(machine.run(["setup", "--tensorflow", "2.18"]).stdout).toContain("TensorFlow 2.18.1");
    expect(machine.cached("tensorflow")).toEqual(["cpu-2.18.1"]);
    expect(machine.run(["setup", "--tensorflow", "2.18"], { FAKE_PIP: "network" })).toMatchObject({ code: 0 });
  });

  test("a Python that has the TensorFlow is used as it is", () => {
    const folder = join(machine.folder, "site, packages/tensorflow");
    mkdirSync(join(folder, "include/tensorflow/c/eager"), { recursive: true });
    for (const file of [
      "libtensorflow_cc.so.2",
      "libtensorflow_framework.so.2",
      "include/tensorflow/c/c_api.h",
      "include/tensorflow/c/eager/c_api.h",
    ]) {
      writeFileSync(join(folder, file), "");
    }
    const distribution = distributionOf("cpu");
    const FAKE_TENSORFLOW = JSON.stringify({ distribution, version: "2.19.1", folder });
    const python = join(machine.bin, "python3");
    const found = machine.run(["setup", "--python", python], { FAKE_TENSORFLOW, FAKE_PIP: "network" });
    expect(found).toMatchObject({ code: 0 });
    expect(found.stderr).toContain(`Using TensorFlow 2.19.1 of ${python}`);
    expect(machine.cached("tensorflow")).toEqual([]);
    const addons = join(machine.cache, `${process.platform}-${process.arch}`, "addons");
    const linked = readFileSync(join(addons, machine.cached("addons")[0]!, "tfjs_binding.node"), "utf8");
    // A word of its own: after -Wl, the comma would divide it.
    expect(linked).toContain(`-Xlinker\n-rpath\n-Xlinker\n${folder}`);

    rmSync(join(folder, "libtensorflow_cc.so.2"));
    const damaged = machine.run(["setup", "--python", python], { FAKE_TENSORFLOW });
    expect(damaged).toMatchObject({ code: 1 });
    expect(damaged.stderr).toContain(
      "has no libtensorflow_cc.so.2 (its libraries: libtensorflow_framework.so.2); PyPI's 2.19.1 has them: install it there again, or leave " +
        "--python out to get TensorFlow from PyPI",
    );

    rmSync(folder, { recursive: true });
    const gone = machine.runModule(
      "import { loadTfjsNode } from PACKAGE; await loadTfjsNode({ from: process.cwd() });",
    );
    expect(gone.stderr).toContain(
      `TensorFlow's libraries are no longer in ${folder}; run \`npx @igr/tfjs-native setup\``,
    );
  });

  test.each<[string, string[], Record<string, string>, (m: FakeMachine) => void, string]>([
    ["Python is missing", [], {}, (m) => m.uninstall("python3"), "no Python 3.9 or later is on the PATH"],
    [
      "--python is no Python",
      ["--python", "/nowhere/python"],
      {},
      () => {},
      "--python /nowhere/python is no Python 3.9 or later",
    ],
    ["--python is empty", ["--python", ""], {}, () => {}, '--python "" is no Python 3.9 or later'],
    ["Python can't make environments", [], { FAKE_VENV: "none" }, () => {}, "apt install python3-venv"],
    [
      "there is no compiler",
      [],
      {},
      (m) => m.uninstall("c++"),
      "no C++ compiler (c++, g++, clang++) is on the PATH. Install one",
    ],
    [
      "CXX does not run",
      [],
      { CXX: "/nowhere/c++" },
      () => {},
      "the compiler that CXX names, /nowhere/c++, does not run",
    ],
    [
      "the compiler is too old",
      [],
      { FAKE_CXX: "old" },
      () => {},
      "TensorFlow's headers need C++17: GCC 9, Clang 10 or later",
    ],
    [
      "PyPI has no such version",
      ["--tensorflow", "2.99.0"],
      { FAKE_PIP: "unknown" },
      () => {},
      "it has 2.16.1, 2.21.0. Pass --tensorflow with one of them",
    ],
    [
      "the version is none",
      ["--tensorflow", "latest"],
      {},
      () => {},
      '--tensorflow must be a version such as 2.21.0 or 2.20, got "latest"',
    ],
    [
      "the wheel's libraries have other names",
      ["--tensorflow", "2.30.0"],
      { FAKE_PIP: "renamed" },
      () => {},
      "has no libtensorflow_cc.so.2, no libtensorflow_framework.so.2 (its libraries: libtensorflow_all.so.3)",
    ],
    [
      "the disk fills up",
      [],
      { FAKE_PIP: "full" },
      () => {},
      "the disk filled up while TensorFlow was unpacked; make room",
    ],
    [
      "PyPI can't be reached",
      [],
      { FAKE_PIP: "network" },
      () => {},
      "PyPI can't be reached (NewConnectionError). Behind a proxy set HTTPS_PROXY",
    ],
    ["nothing answers", [], { FAKE_PIP: "none" }, () => {}, "pip found no tensorflow"],
    [
      "a wheel has another hash",
      [],
      { FAKE_PIP: "changed" },
      () => {},
      "is not the wheel that this package knows (SHA-256 aaaa, got bbbb)",
    ],
    ["pip fails in another way", [], { FAKE_PIP: "odd" }, () => {}, "pip could not install"],
    [
      "tfjs-node is missing",
      [],
      {},
      (m) => rmSync(join(m.modules, "@tensorflow/tfjs-node"), { recursive: true }),
      "npm install --ignore-scripts @tensorflow/tfjs @tensorflow/tfjs-node",
    ],
    [
      "the add-on can't be loaded",
      [],
      { FAKE_ADDON: "broken" },
      () => {},
      "doesn't compute: libtensorflow_cc.so.2: cannot open shared object file: No such file or directory; try --tensorflow",
    ],
    ["the add-on computes wrongly", [], { FAKE_ADDON: "wrong" }, () => {}, "is 38,44,86,100, not 19,22,43,50"],
    ["the cache can't be made", [], { IGR_TFJS_NATIVE_CACHE: "/dev/null/cache" }, () => {}, "/dev/null/cache"],
  ])("when %s, a sentence says so and the project is as it was", (_, args, environment, spoil, sentence) => {
    spoil(machine);
    const before = machine.snapshot();
    const { code, stderr, stdout } = machine.run(["setup", ...args], environment);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(machine.snapshot()).toEqual(before);
    // No add-on has a whole one's name.
    expect(machine.cached("addons").filter((name) => !name.endsWith(".partial"))).toEqual([]);
    // Nothing fills the disk, and the next setup has nothing to tell about this one.
    expect(machine.cached("tensorflow").filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("the second of two at once waits, and finds the work done", async () => {
    const children = [machine.start(["setup"]), machine.start(["setup"])];
    const outputs = await Promise.all(
      children.map(async (child) => {
        let text = "";
        child.stderr.on("data", (part) => {
          text += part;
        });
        const [code] = await once(child, "close");
        return { code, compiled: text.includes("Compiling"), waited: text.includes("Another setup is at work") };
      }),
    );
    expect(outputs.map(({ code }) => code)).toEqual([0, 0]);
    expect(outputs.filter(({ compiled }) => compiled)).toHaveLength(1);
    expect(outputs.filter(({ waited }) => waited).length).toBeLessThanOrEqual(1);
  });

  test.skipIf(process.platform !== "linux" || process.arch !== "x64")(
    "--gpu installs what the extra and-cuda names; without a GPU it is built, kept, and an error",
    () => {
      const log = join(machine.folder, "pip.log");
      const failed = machine.run(["setup", "--gpu"], { FAKE_LOG: log });
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain("the add-on is built and computes");
      expect(failed.stderr).toContain("found no GPU: this machine has no NVIDIA driver");
      expect(readFileSync(log, "utf8").trim().split("\n")).toEqual([
        "hashed tensorflow==2.21.0",
        expect.stringMatching(/^hashed nvidia-[a-z0-9-]+==[0-9.]+$/),
      ]);
      const folder = join(machine.cache, `${process.platform}-${process.arch}`, "addons", machine.cached("addons")[0]!);
      const linked = readFileSync(join(folder, "tfjs_binding.node"), "utf8").split("\n");
      expect(linked.filter((word) => word.includes("cudnn"))).toEqual([
        expect.stringMatching(/^\/.*\/gpu-2\.21\.0\/nvidia\/cudnn\/lib\/libcudnn\.so\.9$/),
        "$ORIGIN/../../tensorflow/gpu-2.21.0/nvidia/cudnn/lib",
      ]);
      expect(machine.run(["setup", "--gpu", "--allow-cpu"])).toMatchObject({ code: 0 });
      expect(machine.run(["setup", "--gpu"], { FAKE_ADDON: "gpu" }).stdout).toContain("on a GPU");
      const hidden = machine.run(["setup", "--gpu"], { CUDA_VISIBLE_DEVICES: "-1" });
      expect(hidden.stderr).toContain('CUDA_VISIBLE_DEVICES="-1" hides every GPU; unset it');
      const doctor = machine.run(["doctor", "--gpu"]);
      expect(doctor.code).toBe(1);

      const other = machine.run(["setup", "--gpu", "--system-cuda"], { FAKE_LOG: log, FAKE_PIP: "no-cuda" });
      expect(other.stderr).toContain("Installing TensorFlow 2.21.0 (gpu-system-cuda)");
      expect(machine.cached("tensorflow")).toEqual(["gpu-2.21.0", "gpu-system-cuda-2.21.0"]);
    },
  );

  test("clean removes only what setup made", () => {
    machine.run(["setup"]);
    writeFileSync(join(machine.cache, "mine.txt"), "");
    expect(machine.run(["clean"]).stdout).toContain("Removed");
    expect(readdirSync(machine.cache, { recursive: true })).toEqual(
      expect.not.arrayContaining([expect.stringContaining("tfjs_binding")]),
    );
    expect(existsSync(join(machine.cache, "mine.txt"))).toBe(true);
    expect(machine.run(["clean"]).stdout).toContain("Nothing to remove");
    expect(machine.run(["setup", "--json"]).stdout).toContain('"tensorflow":"2.21.0"');
  });
});

test.each([
  [["sutep"], 'unknown command "sutep": setup, doctor or clean'],
  [["setup", "--gpuu"], "Unknown option '--gpuu'"],
  [["clean", "--gpu"], "clean has no option --gpu"],
  [["setup", "--allow-cpu"], "--allow-cpu and --system-cuda go with --gpu"],
  [["setup", "now"], 'setup takes no "now"'],
])("igr-tfjs-native %j is refused with a sentence", (args, sentence) => {
  const machine = new FakeMachine();
  const { code, stderr } = machine.run(args);
  machine.remove();
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) });
});
