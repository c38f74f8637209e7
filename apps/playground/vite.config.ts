import { defineConfig } from "vite";

/** Relative addresses: the built page works from any folder of any server. */
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1000 },
  // Two threads of WebAssembly need a cross-origin isolated page.
  server: { headers: isolated() },
  preview: { headers: isolated() },
});

function isolated() {
  return { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
}
