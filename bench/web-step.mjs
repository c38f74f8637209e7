/**
 * Milliseconds per training step in Chromium on WebGPU: @igr/jit, tfjs' backend and jax-js in one page, in turns, from the same
 * weights with the same batches. All must give the same losses. Saves everything as JSON, from which
 * `npm run docs:results web-step` generates docs/results/web-step.md.
 *
 *   IGR_CHROMIUM=/usr/bin/chromium npm run bench:web-step [-- --model dense] [--batch 64] [--rounds 8] [--steps 3] [--gpu] [--out FILE]
 *
 * Needs `node bench/peers/setup.mjs` once. By default WebGPU runs in software (SwiftShader, which Chromium brings); `--gpu`
 * uses the machine's GPU.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { busyCores } from "./busy-cores.mjs";
import { commit, writeReport } from "./report.mjs";
import { statistics } from "./statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: args } = parseArgs({
  options: {
    model: { type: "string", default: "dense" },
    batch: { type: "string", default: "64" },
    rounds: { type: "string", default: "8" },
    steps: { type: "string", default: "3" },
    gpu: { type: "boolean", default: false },
    out: { type: "string", default: here("../docs/results/web-step.json") },
  },
});
const [batch, rounds, steps] = [args.batch, args.rounds, args.steps].map(Number);
const executablePath = process.env.IGR_CHROMIUM;
if (!executablePath) throw new Error("bench:web-step: set IGR_CHROMIUM to the path of a Chromium");
const peers = ["@jax-js/jax", "@tensorflow/tfjs-backend-webgpu"].map((name) =>
  here(`peers/node_modules/${name}/package.json`),
);
if (!peers.every(existsSync)) throw new Error("bench:web-step: the peers are missing: node bench/peers/setup.mjs");

const SOFTWARE = ["--use-webgpu-adapter=swiftshader", "--use-vulkan=swiftshader", "--use-angle=swiftshader"];
const FLAGS = ["--no-sandbox", "--no-first-run", "--enable-unsafe-webgpu", "--enable-features=Vulkan"];
const ENGINES = {
  "jit-webgpu": "@igr/jit, provider webgpu",
  "tfjs-webgpu": "tfjs-backend-webgpu",
  "jax-js-webgpu": "jax-js, jit, webgpu",
};
/** Losses of all engines agree so far: the devices' exp and log differ in the last digits, and Adam's first steps magnify that. */
const TOLERANCE = 1e-3;

const root = here("web");
const folder = mkdtempSync(join(tmpdir(), "igr-web-step-"));
await build({
  root,
  configFile: false,
  logLevel: "error",
  // One tfjs-core for the problem and the backend of the peers.
  resolve: { dedupe: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu"] },
  build: { outDir: folder, target: "es2022", reportCompressedSize: false, chunkSizeWarningLimit: 1e6 },
});
const server = await preview({
  root,
  configFile: false,
  logLevel: "error",
  build: { outDir: folder },
  preview: { port: 0, host: "localhost" },
});
const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...(args.gpu ? [] : SOFTWARE)] });
try {
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(String(error)));
  await tab.goto(server.resolvedUrls.local[0]);
  await tab.waitForFunction(() => globalThis.bench !== undefined);
  const adapter = await tab.evaluate(() => bench.adapter());
  if (!adapter) throw new Error("bench:web-step: this Chromium finds no adapter for WebGPU");
  const busyBefore = await busyCores();
  const results = Object.fromEntries(Object.keys(ENGINES).map((name) => [name, { times: [], losses: [] }]));
  const turn = async (name, count, isMeasured) => {
    const answer = await tab.evaluate((words) => bench.run(...words), [name, args.model, batch, count]);
    results[name].losses.push(...answer.losses);
    if (isMeasured) results[name].times.push(...answer.times);
    else results[name].firstStep ??= answer.times[0];
    console.error(`  ${ENGINES[name]}: ${answer.times.map((time) => time.toFixed(0)).join(", ")} ms`);
  };
  // The first steps trace and compile; jit traces twice and compiles again after the optimizer has made its slots.
  for (const name in ENGINES) await turn(name, 3, false);
  for (let round = 0; round < rounds; round++) {
    for (const name in ENGINES) await turn(name, steps, true);
    console.error(`round ${round + 1} of ${rounds}, load ${loadavg()[0].toFixed(1)}`);
  }
  const { losses: expected } = results["jit-webgpu"];
  for (const [name, { losses }] of Object.entries(results)) {
    for (const [k, loss] of losses.entries()) {
      if (!(Math.abs(loss / expected[k] - 1) < TOLERANCE)) {
        throw new Error(`bench:web-step: at step ${k} ${name} has the loss ${loss} and jit-webgpu ${expected[k]}`);
      }
    }
  }
  const report = {
    date: new Date().toISOString(),
    commit: commit(),
    machine: thisMachine(),
    browser: `Chromium ${browser.version()}`,
    adapter,
    compiled: await tab.evaluate(() => bench.summary()),
    model: args.model,
    batch,
    rounds,
    steps,
    versions: Object.fromEntries(
      peers.map((file) => JSON.parse(readFileSync(file, "utf8"))).map(({ name, version }) => [name, version]),
    ),
    busyBefore,
    busyAfter: await busyCores(),
    rows: Object.entries(ENGINES).map(([name, label]) => {
      const { times, firstStep, losses } = results[name];
      return { label, ...statistics(times), firstStep, losses: [losses[0], losses.at(-1)] };
    }),
  };
  writeReport(args.out, report);
  console.table(
    report.rows.map(({ label, median, quartile, upperQuartile }) => ({ label, median, quartile, upperQuartile })),
  );
  console.log(`Wrote ${args.out}; \`npm run docs:results web-step\` writes docs/results/web-step.md from it.`);
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
