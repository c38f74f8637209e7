import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeMachine } from "./fake-machine.js";

const isSupported = process.platform === "linux" || process.platform === "darwin";

describe.skipIf(!isSupported)("igr-tfjs-native repairs what is broken in its cache", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => machine.remove());

  test("a TensorFlow in the cache that lost a library is installed anew, and its add-on kept", () => {
    machine.run(["setup"]);
    const library = join(
      machine.cache,
      `${process.platform}-${process.arch}`,
      "tensorflow/cpu-2.21.0/tensorflow/libtensorflow_cc.so.2",
    );
    rmSync(library);
    const again = machine.run(["setup"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toBe(
      "TensorFlow 2.21.0 in the cache is no longer complete: installing it again\n" +
        "Installing TensorFlow 2.21.0 (cpu) from PyPI\n" +
        "Checking a matrix product and a gradient\n",
    );
    expect(existsSync(library)).toBe(true);
  });

  test("doctor prints the system's own words for an add-on that can't be loaded, and the command that repairs it", () => {
    machine.run(["setup"]);
    const { code, stdout } = machine.run(["doctor"], { FAKE_ADDON: "broken" });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^MISSING +add-on .* doesn't compute: libtensorflow_cc\.so\.2: cannot open shared object file: No such file or directory; run `npx @igr\/tfjs-native setup --tensorflow 2\.21\.0`$/m,
    );
  });

  test("an add-on that no longer computes is rebuilt", () => {
    machine.run(["setup"]);
    const file = join(
      machine.cache,
      `${process.platform}-${process.arch}`,
      "addons",
      machine.cached("addons")[0]!,
      "tfjs_binding.node",
    );
    rmSync(file);
    mkdirSync(file); // can't be read
    expect(machine.run(["doctor"]).code).toBe(1);
    const again = machine.run(["setup"]);
    expect(again.stderr).toContain("The add-on in the cache no longer computes: rebuilding it");
    expect(again.code).toBe(0);
  });
});
