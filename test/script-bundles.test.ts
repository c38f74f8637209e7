import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { afterAll, expect, test } from "vitest";

/**
 * Bundles by esbuild that are no modules: `import.meta` is an empty object in them. They start, compile a function, and
 * find data that lie in a folder; data that lie in a package are missed with the reason.
 */

const examples = fileURLToPath(new URL("../examples", import.meta.url));
const data = fileURLToPath(new URL("../packages/data-mnist/data", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-script-"));
// A bundle finds onnxruntime-node, which is not part of it, beside itself.
symlinkSync(join(examples, "node_modules"), join(folder, "node_modules"), "junction");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = `
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { loadMnist } from "@igr/datasets";
import { jit } from "@igr/jit";
import { IgrLatent } from "@igr/models";
async function main() {
  await tf.ready();
  const latent = new IgrLatent({ variables: 2, categories: 3, temperature: 0.5, prior: { loc: [0, 0], scale: [1, 1] } });
  const answer = await jit((x) => tf.add(x, 1))(tf.scalar(1));
  const { length } = await loadMnist({ split: "test", dir: ${JSON.stringify(data)} });
  const missing = await loadMnist({ split: "test" }).catch((error) => error.message);
  console.log(JSON.stringify({ categories: latent.categories, answer: [...answer.dataSync()], length, missing }));
}
main();
`;

test.each(["cjs", "iife"] as const)("a bundle in the format %s starts, compiles and reads data", async (format) => {
  const outfile = join(folder, `${format}.cjs`);
  await esbuild.build({
    stdin: { contents: program, resolveDir: examples },
    bundle: true,
    format,
    platform: "node",
    // tfjs' CommonJS files register no backend in a bundle.
    mainFields: ["module", "main"],
    external: ["onnxruntime-node", "sharp"],
    logLevel: "silent",
    outfile,
  });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
  expect(stderr).not.toContain("Error");
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
    categories: 3,
    answer: [2],
    length: 10_000,
    missing: expect.stringMatching(/import\.meta\.url, found none, as in a bundle that is a script or CommonJS/),
  });
});
