import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeMachine } from "./fake-machine.js";

const isSupported = process.platform === "linux" || process.platform === "darwin";
const isGpuSupported = process.platform === "linux" && process.arch === "x64";

describe.skipIf(!isSupported)("loadTfjsNode, with a fake tfjs-node", () => {
  let machine: FakeMachine;
  beforeAll(() => {
    machine = new FakeMachine();
    expect(machine.run(["setup"])).toMatchObject({ code: 0 });
    if (isGpuSupported) expect(machine.run(["setup", "--gpu", "--allow-cpu"])).toMatchObject({ code: 0 });
  });
  afterAll(() => machine.remove());

  const load = (options: string, then = "console.log(tf.addon)", extra?: Record<string, string>) =>
    machine.runModule(
      `import { loadTfjsNode, tfjsNodeDevice, NativeError } from PACKAGE;
       const from = process.cwd();
       try { const tf = await loadTfjsNode(${options}); ${then} }
       catch (error) { console.log(error instanceof NativeError && error.reason, error.message); }`,
      extra,
    );

  test("gives tfjs-node the add-on of the cache, the functions Node 23 removed, and a sentence on stderr", () => {
    const { stdout, stderr } = load(
      "{ from }",
      "console.log(tf.addon, tf.isNullOrUndefined(null), tfjsNodeDevice().kind)",
    );
    expect(stdout).toMatch(/addons\/cpu-2\.21\.0-[0-9a-f]{12}\/tfjs_binding\.node true cpu\n$/);
    expect(stderr).toMatch(/^tfjs-node: TensorFlow 2\.21\.0 on CPU .+, \d+ cores\n$/);
  });

  test("afterwards node-pre-gyp itself answers tfjs-node again", () => {
    const then = `const { createRequire } = await import("node:module");
      console.log(Object.keys(createRequire(from + "/x.js")("@mapbox/node-pre-gyp")).length);`;
    expect(load("{ from }", then).stdout).toBe("0\n");
  });

  test("the working directory is the last place where tfjs-node is looked for", () => {
    // The package's own folder in this workspace has the real one, whose sources were not built here.
    expect(load("").stdout).toContain("not-set-up loadTfjsNode: no add-on for @tensorflow/tfjs-node");
  });

  test("a second call gives the same module, and only the first one prints the device", () => {
    const then = "console.log(tf === (await loadTfjsNode({ from, log() {} })))";
    expect(load("{ from, log() {} }", then)).toMatchObject({ stdout: "true\n", stderr: "" });
    expect(machine.runModule("import { tfjsNodeDevice } from PACKAGE; tfjsNodeDevice();").stderr).toContain(
      "tfjsNodeDevice: nothing is loaded yet; await loadTfjsNode() first",
    );
  });

  test.runIf(isGpuSupported)(
    "a GPU that is not there is an error, unless the CPU is allowed, and then it is said",
    () => {
      expect(load("{ from, gpu: true }").stdout).toMatch(
        /^no-gpu loadTfjsNode: a GPU was asked for and TensorFlow 2\.21\.0 has none: this machine has no NVIDIA driver/,
      );
      const allowed = load("{ from, gpu: true, allowCpu: true }");
      expect(allowed.stdout).toContain("addons/gpu-2.21.0");
      expect(allowed.stderr).toMatch(/on CPU .+, as it found no GPU: this machine has no NVIDIA driver/);
      expect(load("{ from, gpu: true }", "console.log(tfjsNodeDevice().kind)", { FAKE_ADDON: "gpu" }).stdout).toBe(
        "gpu\n",
      );
    },
  );

  test.runIf(isGpuSupported)("after a refused GPU the CPU's add-on may be loaded", () => {
    const then = "";
    const retry = `try { await loadTfjsNode({ from, gpu: true }) } catch (error) { console.log(error.reason) }
      const tf = await loadTfjsNode({ from }); console.log(tf.addon);`;
    const { stdout } = machine.runModule(
      `import { loadTfjsNode } from PACKAGE; const from = process.cwd(); ${retry} ${then}`,
    );
    expect(stdout).toMatch(/^no-gpu\n.*addons\/cpu-2\.21\.0/);
  });

  test.runIf(isGpuSupported)(
    "after a refused GPU no other version is loaded, as it would run on the first one's library",
    () => {
      const other = new FakeMachine();
      other.run(["setup", "--gpu", "--allow-cpu"]);
      other.run(["setup", "--tensorflow", "2.18.1"]);
      const { stdout } = other.runModule(
        `import { loadTfjsNode } from PACKAGE; const from = process.cwd();
       for (const options of [{ gpu: true }, { tensorflow: "2.18" }])
         await loadTfjsNode({ from, ...options }).catch(({ reason, message }) => console.log(reason, message));`,
      );
      other.remove();
      expect(stdout).toMatch(
        /^no-gpu .*\nnot-loadable loadTfjsNode: this process has loaded TensorFlow 2\.21\.0 \(gpu\) and can't load 2\.18\.1 \(cpu\) beside it/,
      );
    },
  );

  test("the error of a version that was not set up names it, the command and the existing versions", () => {
    expect(load('{ from, tensorflow: "2.18" }').stdout).toMatch(
      /^not-set-up loadTfjsNode: no add-on for @tensorflow\/tfjs-node 4\.22\.0 and TensorFlow 2\.18 is in .*\(it has .*cpu 2\.21\.0 for .*\); run `npx @igr\/tfjs-native setup --tensorflow 2\.18` in the project\n$/,
    );
    expect(load('{ from, tensorflow: "2.21" }').stdout).toContain("addons/cpu-2.21.0");
  });

  test("an add-on that the system can't load is an error with the system's words", () => {
    expect(load("{ from }", "", { FAKE_ADDON: "broken" }).stdout).toMatch(
      /^not-loadable tfjs-node: the add-on .* can't be loaded: libtensorflow_cc\.so\.2: cannot open shared object file: No such file or directory; /,
    );
  });

  test("a program that would get another tfjs-core is rejected, statically and at run time", () => {
    const nested = join(machine.project, "app");
    machine.addPackage("@tensorflow/tfjs-core", "4.20.0", undefined, join(nested, "node_modules"));
    const own = load(`{ from: ${JSON.stringify(nested)} }`).stdout;
    expect(own).toMatch(
      /^two-cores tfjs-node: two copies of tfjs-core, 4\.22\.0 in .* and 4\.20\.0 in .*npm ls @tensorflow\/tfjs-core/,
    );

    const running = machine.runModule(
      `import { loadTfjsNode } from PACKAGE; globalThis._tfengine = { backendName: "cpu" };
       await loadTfjsNode({ from: process.cwd() });`,
    );
    expect(running.stderr).toContain("this process has loaded a tfjs-core other than");
  });

  test("sources other than those that were built are another add-on", () => {
    const source = join(machine.modules, "@tensorflow/tfjs-node/binding/utils.h");
    const before = readFileSync(source, "utf8");
    writeFileSync(source, "// changed");
    expect(load("{ from }").stdout).toContain("not-set-up");
    writeFileSync(source, before);
    expect(load("{ from }").stdout).toContain("addons/cpu-2.21.0");
  });

  test("a folder with no record or half a record does not count as an add-on", () => {
    const addons = join(machine.cache, `${process.platform}-${process.arch}`, "addons");
    const folder = join(addons, "cpu-2.99.0-000000000000");
    mkdirSync(folder);
    writeFileSync(join(folder, "tfjs_binding.node"), "");
    expect(load("{ from }").stdout).toContain("addons/cpu-2.21.0");
    writeFileSync(join(folder, "addon.json"), '{"flavour":');
    expect(load("{ from }").stdout).toContain("addons/cpu-2.21.0");
    expect(existsSync(folder)).toBe(true);
  });
});
