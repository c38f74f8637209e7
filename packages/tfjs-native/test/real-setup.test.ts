import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

  function run(command: string, args: readonly string[], cwd = project) {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env: environment });
    return { code: status, stdout, stderr };
  }
  const igr = (...args: string[]) => run(process.execPath, [program, ...args]);
  const files = () =>
    readdirSync(project, { recursive: true, encoding: "utf8" })
      .map((name) => ({ name, stat: statSync(join(project, name)) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ name, stat }) => `${name} ${stat.size} ${stat.mtimeMs}`)
      .sort();

  beforeAll(() => {
    if (!isEnabled) return;
    const packed = run(
      process.execPath,
      [pnpm, "pack", "--json", "--pack-destination", folder],
      join(workspace, "packages/tfjs-native"),
    );
    const tarball = (JSON.parse(packed.stdout) as { filename: string }).filename;
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
    const names = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-node@4.22.0", tarball];
    const npm = run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", ...names]);
    expect(npm).toMatchObject({ code: 0 });
    installed = files();
  }, 600_000);
  beforeEach((context) => {
    if (!isEnabled) context.skip(enabling);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

  test("killed while it compiles, setup goes on without a second download, and leaves the project alone", async () => {
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
    const name = `${process.platform}-${process.arch}`;
    // Hard links of what is loaded, in the place of another gigabyte.
    const [addon] = readdirSync(join(cache, name, "addons"));
    const libraries = join("tensorflow", "cpu-2.21.0", "tensorflow");
    const loaded = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"].map((file) => join(libraries, file));
    for (const file of [
      ...loaded,
      ...["addon.json", "tfjs_binding.node"].map((each) => join("addons", addon!, each)),
    ]) {
      mkdirSync(dirname(join(moved, name, file)), { recursive: true });
      linkSync(join(cache, name, file), join(moved, name, file));
    }
    const source = `import { loadTfjsNode } from "@igr/tfjs-native"; const tf = await loadTfjsNode({ cache: ${JSON.stringify(moved)}, log() {} });
      const { readFileSync } = await import("node:fs");
      console.log(readFileSync("/proc/self/maps", "utf8").split("\\n").filter((l) => /libtensorflow_cc/.test(l)).every((l) => l.includes("/moved/")), tf.getBackend());`;
    writeFileSync(join(project, "moved.mjs"), source);
    const { stdout, stderr } = run(process.execPath, ["moved.mjs"]);
    expect(stdout, stderr).toBe("true tensorflow\n");
    rmSync(join(project, "moved.mjs"));
  });
});

/** Which index pip asks is the machine's business. */
function pipSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PIP_|HTTPS?_PROXY|NO_PROXY|SSL_|NODE_EXTRA)/i.test(name)),
  );
}
