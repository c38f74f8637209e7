import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Figures } from "../src/relaxations/figures.js";
import type { Scene } from "../src/relaxations/scene.js";
import type { Bounds } from "../src/training/messages.js";

/** The built page in a real Chromium. `IGR_SCREENSHOTS` names a folder for screenshots. */
export const { IGR_CHROMIUM, IGR_SCREENSHOTS } = process.env;
const NO_BROWSER = "no browser given: set IGR_CHROMIUM to the path of a Chromium";
export const TIMEOUT = 180_000;

const FLAGS = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync"];
const DEVICES = {
  none: ["--disable-gpu"],
  // Chromium's own device in software, whose canvases the compositor can show: so variables stay on it.
  swiftshader: [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-angle=swiftshader",
  ],
};

declare global {
  var playground: {
    readonly scene: { readonly value: Scene };
    readonly figures: { readonly value: Record<string, Figures | undefined> };
    readonly bounds: { readonly value: readonly Bounds[] };
  };
}

interface Site {
  /** The built files. */
  readonly folder: string;
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the page and serves it on a port of this machine's own. */
async function startSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "igr-playground-"));
  const root = fileURLToPath(new URL("..", import.meta.url));
  await build({ root, logLevel: "error", build: { outDir: folder, emptyOutDir: true, reportCompressedSize: false } });
  const server = await preview({
    root,
    logLevel: "error",
    build: { outDir: folder },
    preview: { port: 0, host: "localhost" },
  });
  return {
    folder,
    url: server.resolvedUrls!.local[0]!,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Device = keyof typeof DEVICES;

function startBrowser(webgpu: Device): Promise<Browser> {
  return chromium.launch({ executablePath: IGR_CHROMIUM as string, args: [...FLAGS, ...DEVICES[webgpu]] });
}

export interface BuiltSite {
  /** The built files. */
  readonly folder: string;
  /** Opens the page in the browser with a device, and collects the errors of its console. */
  open(
    webgpu: Device,
    query?: string,
    options?: Parameters<Browser["newPage"]>[0],
  ): Promise<{ tab: Page; complaints: string[] }>;
}

/** The built page, served to a browser for each device while the tests of a file run; without a Chromium they are skipped. */
export function builtSite(devices: readonly Device[]): BuiltSite {
  let site: Site;
  const browsers = new Map<Device, Browser>();
  beforeEach((context) => {
    if (!IGR_CHROMIUM) context.skip(NO_BROWSER);
  });
  beforeAll(async () => {
    if (!IGR_CHROMIUM) return;
    site = await startSite();
    for (const device of devices) browsers.set(device, await startBrowser(device));
  }, TIMEOUT);
  afterAll(async () => {
    for (const browser of browsers.values()) await browser.close();
    await site?.close();
  }, TIMEOUT);
  return {
    get folder() {
      return site.folder;
    },
    open: (webgpu, query = "", options = {}) => openPage(browsers.get(webgpu)!, site.url, query, options),
  };
}

async function openPage(browser: Browser, url: string, query: string, options: Parameters<Browser["newPage"]>[0]) {
  const tab = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await tab.goto(query === "" ? url : `${url}#${query}`);
  await tab.waitForFunction(() => globalThis.playground !== undefined);
  return { tab, complaints };
}
