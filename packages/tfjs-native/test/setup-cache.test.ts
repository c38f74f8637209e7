import { once } from "node:events";
import { chmodSync, existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canObeyPermissions, FakeMachine } from "./fake-machine.js";

const isSupported = process.platform === "linux" || process.platform === "darwin";

describe.skipIf(!isSupported)(
  "the cache of igr-tfjs-native setup, with a fake Python, pip, compiler and tfjs-node",
  () => {
    let machine: FakeMachine;
    beforeEach(() => {
      machine = new FakeMachine();
    });
    afterEach(() => machine.remove());

    test("a pip that outlives its killed setup does not write to a folder of the next one", async () => {
      const children = [];
      for (const _ of [1, 2]) {
        const child = machine.start(["setup"], { FAKE_PIP: "slow" });
        children.push(child);
        // Until pip is done with writing: what it makes later would be there again.
        const half = `${process.platform}-${process.arch}/tensorflow/cpu-2.21.0.${child.pid}.partial/tensorflow/half`;
        while (!existsSync(join(machine.cache, half))) await sleep(20);
        child.kill("SIGKILL");
        await once(child, "close");
      }
      expect(machine.cached("tensorflow")).toEqual([`cpu-2.21.0.${children[1]!.pid}.partial`]);
      expect(machine.run(["clean"])).toMatchObject({ code: 0 });
      expect(machine.cached("tensorflow")).toEqual([]);
    });

    test("the setup of another version removes the leftovers of the first", async () => {
      const child = machine.start(["setup", "--tensorflow", "2.18.1"], { FAKE_PIP: "slow" });
      const folder = join(machine.cache, `${process.platform}-${process.arch}`, "tensorflow");
      while (!existsSync(join(folder, `cpu-2.18.1.${child.pid}.partial/tensorflow/half`))) await sleep(20);
      child.kill("SIGKILL");
      await once(child, "close");
      expect(machine.run(["setup"])).toMatchObject({ code: 0 });
      expect(machine.cached("tensorflow")).toEqual(["cpu-2.21.0"]);
    });

    test("a relative path of the cache starts at the working directory, and becomes absolute", () => {
      const { stdout } = machine.run(["setup", "--json"], { IGR_TFJS_NATIVE_CACHE: "../cache" });
      expect(JSON.parse(stdout).file).toBe(
        join(
          realpathSync(machine.cache),
          `${process.platform}-${process.arch}`,
          "addons",
          machine.cached("addons")[0]!,
          "tfjs_binding.node",
        ),
      );
    });

    test("doctor says if the cache can't be written", () => {
      const { code, stdout } = machine.run(["doctor"], { IGR_TFJS_NATIVE_CACHE: "/dev/null/cache" });
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /^MISSING +cache +setup: \/dev\/null\/cache\/\S+ can't be written \(ENOTDIR.*IGR_TFJS_NATIVE_CACHE/m,
      );
    });

    test.skipIf(!canObeyPermissions)("a whole cache that became read-only is named, and still loaded", () => {
      machine.run(["setup"]);
      machine.obeyPermissions();
      const folder = join(machine.cache, `${process.platform}-${process.arch}`);
      chmodSync(folder, 0o555);
      for (const command of ["setup", "clean"]) {
        const { code, stderr } = machine.run([command]);
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringContaining(`${command}: ${folder} can't be written`),
        });
      }
      const use = machine.runModule(
        "import { loadTfjsNode } from PACKAGE; await loadTfjsNode({ from: process.cwd() });",
      );
      expect(use).toMatchObject({ code: 0 });
      chmodSync(folder, 0o755);
    });

    test("after a kill in the middle, doctor reports the half-built cache and the next setup continues", async () => {
      const child = machine.start(["setup"], { FAKE_PIP: "slow" });
      const half = join(
        machine.cache,
        `${process.platform}-${process.arch}`,
        `tensorflow/cpu-2.21.0.${child.pid}.partial/tensorflow/half`,
      );
      while (!existsSync(half)) await sleep(20);
      child.kill("SIGKILL");
      await once(child, "close");
      const doctor = machine.run(["doctor"]);
      expect(doctor.code).toBe(1);
      expect(doctor.stdout).toContain(
        `cpu-2.21.0.${child.pid}.partial is left of a setup that did not end: the next one removes it`,
      );
      expect(doctor.stdout).toContain("is left of a setup that was killed: the next one takes it over");
      const use = machine.runModule(
        "import { loadTfjsNode } from PACKAGE; await loadTfjsNode({ from: process.cwd() });",
      );
      expect(use.stderr).toContain("and an interrupted setup, which the command continues");

      const again = machine.run(["setup"]);
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toMatch(
        /^A setup that did not end left cpu-2\.21\.0\.\d+\.partial: removed, what is whole is kept\nInstalling/,
      );
      expect(existsSync(half)).toBe(false);
      expect(machine.cached("tensorflow")).toEqual(["cpu-2.21.0"]);
      expect(machine.run(["doctor"])).toMatchObject({ code: 0 });
    });

    test.each([
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const)("%s ends pip and what it started, and says that the next setup goes on", async (signal, expected) => {
      const child = machine.start(["setup"], { FAKE_PIP: "slow-with-child" });
      let stderr = "";
      child.stderr.on("data", (text) => {
        stderr += text;
      });
      const folder = join(machine.cache, `${process.platform}-${process.arch}`);
      const partial = join(folder, `tensorflow/cpu-2.21.0.${child.pid}.partial`);
      while (!existsSync(join(partial, "ready"))) await sleep(20);
      child.kill(signal);
      const [code] = await once(child, "close");
      expect({ code, stderr }).toEqual({
        code: expected,
        stderr: expect.stringContaining("Stopped. The next setup continues from here.\n"),
      });
      expect(existsSync(join(folder, "lock"))).toBe(false);
      while (!existsSync(join(partial, "ended"))) await sleep(20);
    });

    test("clean says that it waits for a setup, and Ctrl-C ends the wait", async () => {
      const busy = machine.start(["setup"], { FAKE_PIP: "slow" });
      while (!machine.cached("tensorflow").some((name) => name.includes(`.${busy.pid}.`))) await sleep(20);
      const child = machine.start(["clean"]);
      let stderr = "";
      for await (const text of child.stderr.setEncoding("utf8")) {
        if (stderr === "") child.kill("SIGINT");
        stderr += text;
      }
      if (child.exitCode === null) await once(child, "close");
      expect({ code: child.exitCode, stderr }).toEqual({
        code: 130,
        stderr: `A setup is at work (process ${busy.pid}): waiting for it to end\nStopped.\n`,
      });
      busy.kill("SIGTERM");
      await once(busy, "close");
    });
  },
);
