import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { build } from "vite";

const FOLDER = new URL(".", import.meta.url).pathname;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Bundles the page as a program that uses the package would, into `folder`. */
export async function buildSite(folder: string): Promise<void> {
  await build({
    root: FOLDER,
    configFile: false,
    logLevel: "error",
    // The default, one script per worker, cannot load the runtime dynamically.
    worker: { format: "es" },
    build: { outDir: folder, target: "es2022", minify: false, reportCompressedSize: false, chunkSizeWarningLimit: 1e6 },
  });
}

export interface SiteOptions {
  /** Send the headers that make the page cross-origin isolated. */
  readonly isolated: boolean;
  /** Serves WebAssembly files only under /moved/, where onnxruntime-web does not look by default. */
  readonly movedWasm?: boolean;
}

/** Serves the folder on a port of this machine's own. */
export async function serveSite(folder: string, options: SiteOptions): Promise<{ url: string; server: Server }> {
  const server = createServer(async ({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname.replace("/moved/", "/assets/");
    if (options.isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    try {
      if (options.movedWasm && pathname.endsWith(".wasm") && pathname === file) throw new Error("not here");
      const content = await readFile(join(folder, file));
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(content);
    } catch {
      response.statusCode = 404;
      response.end("not found");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
}
