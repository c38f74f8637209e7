import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test } from "vitest";

test("a bundle for browsers takes the loaders of pictures as stubs: no archive reader, decoder or module of Node", async () => {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: true, // without comments, which name those modules, too
      lib: {
        entry: fileURLToPath(new URL("../dist/index.js", import.meta.url)),
        formats: ["es"],
        fileName: "datasets",
      },
      rollupOptions: { external: [/^@tensorflow\//, /^@igr\/data-/] },
    },
  });
  const code = [result]
    .flat()
    .flatMap((bundle) => ("output" in bundle ? bundle.output : []))
    .map((file) => ("code" in file ? file.code : ""))
    .join("\n");
  expect(code).toContain("only Node reads and converts pictures");
  expect(code).toContain("loadMnist");
  expect(code).not.toMatch(/yauzl|jpeg-js|decode-process|(from|import\(|require\() ?["'`](node:|sharp|fs)/);
});
