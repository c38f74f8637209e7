import { copyFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { build as viteBuild } from "vite";
import webpack from "webpack";

/** What is bundled, and where to. */
interface Job {
  readonly project: string;
  readonly entry: string;
  /** The folder of the page, whose script is `page.js`. */
  readonly site: string;
}

/** The bundlers that the READMEs speak of, with the settings that they tell of and no others. */
export const bundlers: readonly { readonly name: string; readonly bundle: (job: Job) => Promise<void> }[] = [
  {
    name: "Vite",
    async bundle({ project, entry, site }) {
      await viteBuild({
        root: project,
        configFile: false,
        logLevel: "error",
        build: {
          outDir: site,
          emptyOutDir: false,
          target: "es2022",
          chunkSizeWarningLimit: 1e6,
          rollupOptions: { input: entry, output: { entryFileNames: "page.js" } },
        },
      });
    },
  },
  {
    name: "webpack",
    async bundle({ project, entry, site }) {
      const compiler = webpack({
        mode: "production",
        context: project,
        entry,
        experiments: { outputModule: true },
        // Terser takes a minute for ten megabytes. The other two bundlers minify.
        optimization: { minimize: false },
        output: { path: site, filename: "page.js", module: true, chunkFormat: "module" },
        performance: { hints: false },
      });
      await new Promise<void>((resolve, reject) => {
        compiler.run((error, stats) => {
          if (error) reject(error);
          else if (stats?.hasErrors()) reject(new Error(stats.toString({ all: false, errors: true })));
          else compiler.close((closing) => (closing ? reject(closing) : resolve()));
        });
      });
    },
  },
  {
    name: "esbuild",
    async bundle({ project, entry, site }) {
      await esbuild.build({
        absWorkingDir: project,
        entryPoints: { page: entry },
        bundle: true,
        minify: true,
        splitting: true,
        format: "esm",
        outdir: site,
        logLevel: "error",
      });
      // esbuild leaves `new URL(file, import.meta.url)` as it is.
      const file = "ort-wasm-simd-threaded.wasm";
      copyFileSync(join(project, "node_modules/onnxruntime-web/dist", file), join(site, file));
    },
  },
];
