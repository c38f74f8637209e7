import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page as Tab } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { recordTransfers } from "./gpu-state.js";
import type { Page } from "./page.js";
import { buildSite, serveSite } from "./site.js";

/** The page of the tests in a real Chromium, bundled as a user's program would be. */
const CHROMIUM = process.env.IGR_CHROMIUM;

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU in software. */
export const WITH_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
/** With a compositor that shows what WebGPU draws on a canvas, as on a machine with a GPU. */
export const WITH_CANVAS = [
  ...WITH_WEBGPU,
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
];

export const TIMEOUT = 120_000;

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

export interface Site {
  /** The files of the page. */
  readonly folder: string;
  /** The page with the headers that isolate it, without them, and with WebAssembly in another folder. */
  readonly urls: Record<"isolated" | "ordinary" | "movedWasm", string>;
}

/** Builds and serves the page for the tests of a file, which are skipped without a browser. */
export function useSite(): Site {
  beforeEach((context) => {
    if (!CHROMIUM) context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
  });
  const site = { folder: "", urls: { isolated: "", ordinary: "", movedWasm: "" } };
  const servers: Server[] = [];
  beforeAll(async () => {
    if (!CHROMIUM) return;
    site.folder = mkdtempSync(join(tmpdir(), "igr-jit-site-"));
    await buildSite(site.folder);
    for (const [name, options] of [
      ["isolated", { isolated: true }],
      ["ordinary", { isolated: false }],
      ["movedWasm", { isolated: false, movedWasm: true }],
    ] as const) {
      const { url, server } = await serveSite(site.folder, options);
      site.urls[name] = url;
      servers.push(server);
    }
  }, TIMEOUT);
  afterAll(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    if (site.folder) rmSync(site.folder, { recursive: true, force: true });
  });
  return site;
}

/** A page, and the paths that it loads. */
export interface OpenPage {
  readonly tab: Tab;
  readonly requests: string[];
}

/** Starts a browser for the tests of a describe block. */
export function withBrowser(flags: readonly string[]) {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (CHROMIUM) browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
  }, TIMEOUT);
  afterAll(async () => {
    await browser?.close();
  }, TIMEOUT);

  /** A fresh page: onnxruntime-web starts once in each. */
  return async (url: string): Promise<OpenPage> => {
    const tab = await browser!.newPage();
    await tab.addInitScript(recordMemories);
    await tab.addInitScript(recordTransfers);
    const requests: string[] = [];
    tab.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await tab.goto(url);
    await tab.waitForFunction(() => globalThis.page !== undefined);
    return { tab, requests };
  };
}

/** Bytes of JavaScript's heap, of its array buffers, and of WebAssembly, after a collection. */
export async function memoryOf(tab: Tab): Promise<number> {
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
