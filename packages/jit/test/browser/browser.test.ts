import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page as Tab } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JitOptions } from "../../src/options.js";
import type { Page } from "./page.js";
import { buildSite, serveSite } from "./site.js";

/** The executor "web" in a real Chromium, in a page bundled as a user's program would be. */
const CHROMIUM = process.env.IGR_CHROMIUM;

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WITH_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const TIMEOUT = 120_000;

declare global {
  var page: Page;
  /** WebAssembly's memories, which the browser's own figures omit. */
  var memories: WeakRef<WebAssembly.Memory>[];
}

/** Runs in the page before its scripts. */
function recordMemories() {
  globalThis.memories = [];
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) {
      const memory = new Memory(descriptor);
      globalThis.memories.push(new WeakRef(memory));
      return memory;
    },
  });
}

beforeEach((context) => {
  if (!CHROMIUM) context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
});

let folder: string;
const servers: Server[] = [];
const urls: Record<"isolated" | "ordinary" | "movedWasm", string> = { isolated: "", ordinary: "", movedWasm: "" };

beforeAll(async () => {
  if (!CHROMIUM) return;
  folder = mkdtempSync(join(tmpdir(), "igr-jit-site-"));
  await buildSite(folder);
  for (const [name, options] of [
    ["isolated", { isolated: true }],
    ["ordinary", { isolated: false }],
    ["movedWasm", { isolated: false, movedWasm: true }],
  ] as const) {
    const { url, server } = await serveSite(folder, options);
    urls[name] = url;
    servers.push(server);
  }
}, TIMEOUT);

afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Starts a browser for the tests of a describe block. */
function withBrowser(flags: readonly string[]) {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (CHROMIUM) browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
  }, TIMEOUT);
  afterAll(async () => {
    await browser?.close();
  }, TIMEOUT);

  /** A fresh page: onnxruntime-web starts once in each. `requests` are the paths that it loads. */
  return async (url: string): Promise<{ tab: Tab; requests: string[] }> => {
    const tab = await browser!.newPage();
    await tab.addInitScript(recordMemories);
    const requests: string[] = [];
    tab.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await tab.goto(url);
    await tab.waitForFunction(() => globalThis.page !== undefined);
    return { tab, requests };
  };
}

const train = (tab: Tab, options: JitOptions) => tab.evaluate((o) => page.trainBothWays(o, 20), options);
const errorOf = (tab: Tab, options: JitOptions) => tab.evaluate((o) => page.errorOf(o), options);

/** Bytes of JavaScript's heap, of its array buffers, and of WebAssembly, after a collection. */
async function memoryOf(tab: Tab): Promise<number> {
  const session = await tab.context().newCDPSession(tab);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize = 0 } = (await session.send("Runtime.getHeapUsage")) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  await session.detach();
  const webAssembly = await tab.evaluate(() =>
    globalThis.memories.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0),
  );
  return usedSize + backingStorageSize + webAssembly;
}

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
      const file = readdirSync(join(folder, "assets")).find((name) =>
        /^ort-wasm-simd-threaded-[^.]*\.wasm$/.test(name),
      );
      await tab.evaluate((url) => page.setWasmFile(url), `/moved/${file}`);
      expect(await errorOf(tab, {})).toBeUndefined();
      await tab.close();
    },
    TIMEOUT,
  );
});

describe("with WebGPU", () => {
  const open = withBrowser(WITH_WEBGPU);

  test(
    "training equals eager training",
    async () => {
      const { tab, requests } = await open(urls.ordinary);
      const report = await train(tab, { provider: "webgpu" });
      expect(report.difference).toBeLessThan(1e-3);
      expect(report.tensorsLeft).toBe(0);
      expect(report.summary).toContain("on web, provider webgpu");
      expect(requests.join(" ")).toMatch(/asyncify/);
      expect((await train(tab, { provider: "webgpu", stepsPerCall: 5 })).difference).toBeLessThan(1e-3);
      expect(await tab.evaluate(() => page.readBetweenCalls({ provider: "webgpu" }))).toEqual([2, 4, 4.5, 20]);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "nodes that WebGPU lacks",
    async () => {
      const { tab } = await open(urls.ordinary);
      expect(await tab.evaluate(() => page.gradientAndReverse({ provider: "webgpu" }))).toEqual({
        gradient: [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1],
        backwards: [5, 3],
      });
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "memory stays flat",
    async () => {
      const { tab } = await open(urls.ordinary);
      await tab.evaluate(() => page.callOften({ provider: "webgpu" }, 100));
      const before = await memoryOf(tab);
      const report = await tab.evaluate(() => page.callOften({ provider: "webgpu" }, 1000));
      expect(report).toEqual({ newTensors: 0, value: 2 });
      expect((await memoryOf(tab)) - before).toBeLessThan(8 * 2 ** 20);
      await tab.close();
    },
    TIMEOUT,
  );
});

test("the bundle has the runtime in a separate chunk", () => {
  const scripts = readdirSync(join(folder, "assets")).filter((name) => name.endsWith(".js"));
  const entry = scripts.find((name) => name.startsWith("index-"))!;
  expect(readFileSync(join(folder, "assets", entry), "utf8")).not.toContain("_OrtCreateSession");
  for (const provider of ["wasm", "webgpu"]) {
    expect(scripts.some((name) => name.startsWith(`ort.${provider}.`))).toBe(true);
  }
});
