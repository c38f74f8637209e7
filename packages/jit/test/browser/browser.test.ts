import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page as Tab } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { JitOptions } from "../../src/options.js";
import { memoryOf, TIMEOUT, useSite, withBrowser } from "./chromium.js";

/** The executor "web" in WebAssembly in a real Chromium. On WebGPU: webgpu.test.ts. */
const site = useSite();
const { urls } = site;

const train = (tab: Tab, options: JitOptions) => tab.evaluate((o) => page.trainBothWays(o, 20), options);
const errorOf = (tab: Tab, options: JitOptions) => tab.evaluate((o) => page.errorOf(o), options);

describe("without WebGPU", () => {
  const open = withBrowser(["--disable-gpu"]);

  test(
    "one thread in an ordinary page; the runtime is loaded at the first call",
    async () => {
      const { tab, requests } = await open(urls.ordinary);
      expect(await tab.evaluate(() => page.isIsolated())).toBe(false);
      expect(requests.filter((path) => path.includes("ort"))).toEqual([]);
      const report = await train(tab, { executor: "auto" });
      expect(report.difference).toBeLessThan(1e-3);
      expect(report.tensorsLeft).toBe(0);
      expect(report.losses.at(-1)).toBeLessThan(report.losses[0]!);
      expect(report.summary).toContain("on web, provider cpu");
      const loaded = requests.filter((path) => path.includes("ort")).join(" ");
      expect(loaded).toMatch(/ort\.wasm\.bundle.*ort-wasm-simd-threaded[^.]*\.wasm/);
      expect(loaded).not.toMatch(/webgpu|asyncify/);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "two threads in a page that is cross-origin isolated",
    async () => {
      const { tab } = await open(urls.isolated);
      expect(await tab.evaluate(() => page.isIsolated())).toBe(true);
      const report = await train(tab, { threads: 2 });
      expect(report.difference).toBeLessThan(1e-3);
      // The second thread is a worker; Chromium lists it.
      expect(tab.workers().length).toBeGreaterThanOrEqual(1);
      expect(await errorOf(tab, { threads: 1 })).toMatch(/started with 2 thread\(s\)/);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "in a Web Worker, with threads",
    async () => {
      const { tab } = await open(urls.isolated);
      const report = await tab.evaluate(() => page.trainInWorker({ threads: 2 }));
      expect(report.difference).toBeLessThan(1e-3);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "stepsPerCall, state seen from outside, memory",
    async () => {
      const { tab } = await open(urls.isolated);
      const options = { threads: 1 };
      expect((await train(tab, { ...options, stepsPerCall: 5 })).difference).toBeLessThan(1e-3);
      expect(await tab.evaluate((o) => page.readBetweenCalls(o), options)).toEqual([2, 4, 4.5, 20]);

      await tab.evaluate((o) => page.callOften(o, 300), options);
      const before = await memoryOf(tab);

      // Each call copies 16 KB in and out, so a leak of one of the copies is 32 MB.
      expect(await tab.evaluate((o) => page.callOften(o, 2000), options)).toEqual({ newTensors: 0, value: 2 });
      expect((await memoryOf(tab)) - before).toBeLessThan(8 * 2 ** 20);

      await tab.evaluate((o) => page.compileOften(o, 5), options);
      const disposed = await memoryOf(tab);
      await tab.evaluate((o) => page.compileOften(o, 25), options);
      expect((await memoryOf(tab)) - disposed).toBeLessThan(8 * 2 ** 20);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "threads in an ordinary page, and WebGPU where there is none, are errors that say what to do",
    async () => {
      const { tab } = await open(urls.ordinary);
      expect(await errorOf(tab, { threads: 2 })).toMatch(/2 threads need a page that is cross-origin isolated/);
      expect(await errorOf(tab, { provider: "webgpu" })).toMatch(/no WebGPU here|finds no GPU/);
      expect(await errorOf(tab, { provider: "cuda" })).toMatch(/onnxruntime-web has no provider cuda/);
      expect(await errorOf(tab, { executor: "node" })).toMatch(/the executor "node" needs onnxruntime-node/);
      expect(await errorOf(tab, {})).toBeUndefined();
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "a file of onnxruntime-web that is not found is an error that says how to set where it is",
    async () => {
      const { tab } = await open(urls.movedWasm);
      const message = await errorOf(tab, {});
      expect(message).toMatch(/onnxruntime-web cannot start/);
      expect(message).toMatch(/serve that file of onnxruntime-web\/dist there.*env\.wasm\.wasmPaths/);
      await tab.reload();
      await tab.waitForFunction(() => globalThis.page !== undefined);
      const file = readdirSync(join(site.folder, "assets")).find((name) =>
        /^ort-wasm-simd-threaded-[^.]*\.wasm$/.test(name),
      );
      await tab.evaluate((url) => page.setWasmFile(url), `/moved/${file}`);
      expect(await errorOf(tab, {})).toBeUndefined();
      await tab.close();
    },
    TIMEOUT,
  );
});

test("the bundle has the runtime in a separate chunk", () => {
  const scripts = readdirSync(join(site.folder, "assets")).filter((name) => name.endsWith(".js"));
  const entry = scripts.find((name) => name.startsWith("index-"))!;
  expect(readFileSync(join(site.folder, "assets", entry), "utf8")).not.toContain("_OrtCreateSession");
  for (const provider of ["wasm", "webgpu"]) {
    expect(scripts.some((name) => name.startsWith(`ort.${provider}.`))).toBe(true);
  }
});
