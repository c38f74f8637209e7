import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { Cache, type CachedAddon } from "../cache/cache.js";
import { describeLock } from "../cache/lock.js";
import { listGpus, whyNoGpu } from "../load/device.js";
import { messageOf } from "../native-error.js";
import { checkAddon } from "../setup/check-addon.js";
import { findCompiler } from "../setup/compiler.js";
import { checkDiskSpace, checkWritable, freeSpace } from "../setup/disk-space.js";
import { findPython } from "../setup/python.js";
import type { Flavour } from "../tensorflow-versions.js";
import { findTfjsNode, singleCore, type TfjsNodePackage } from "../tfjs-node-package.js";

/** The result of one check. */
export interface Finding {
  /** `ok`: it works. `missing`: it is needed, and absent or broken. `note`: for information. */
  readonly state: "ok" | "missing" | "note";
  readonly subject: string;
  /** What was found, or what is wrong and what to do. */
  readonly text: string;
}

export interface DoctorOptions {
  /** Whether a GPU is required. If it is and none is found, the finding is `missing`. */
  readonly gpu?: boolean;
  readonly project?: string;
  readonly cache?: string;
  readonly python?: string;
  /** Stops the checks. */
  readonly signal?: AbortSignal;
}

/**
 * Checks everything that `setup` and `loadTfjsNode` need, and says what exists, what works and what to do. It runs the add-ons of the
 * project's tfjs-node. It changes nothing.
 */
export async function doctor(options: DoctorOptions = {}): Promise<Finding[]> {
  const { gpu = false, project = process.cwd(), signal } = options;
  const flavour: Flavour = gpu ? "gpu" : "cpu";
  const cache = new Cache(options.cache);
  const findings: Finding[] = [
    { state: "ok", subject: "Node", text: `${process.version}, ${process.platform} ${process.arch}` },
  ];
  let tfjsNode: TfjsNodePackage | undefined;
  const look = async (subject: string, state: "missing" | "note", work: () => string | Promise<string>) => {
    try {
      findings.push({ state: "ok", subject, text: await work() });
    } catch (error) {
      findings.push({ state, subject, text: messageOf(error) });
    }
  };

  await look("tfjs-node", "missing", () => {
    tfjsNode = findTfjsNode(flavour, [project]);
    return `${tfjsNode.name} ${tfjsNode.version} in ${tfjsNode.folder}`;
  });
  if (tfjsNode) {
    const found = tfjsNode;
    await look("tfjs-core", "missing", () => `one copy, ${singleCore(found, [project])}`);
  }
  let addons: readonly CachedAddon[] = [];
  try {
    addons = cache.addons().filter(({ sources }) => sources === tfjsNode?.sources);
  } catch (error) {
    findings.push({ state: "missing", subject: "trust in the cache", text: messageOf(error) });
  }
  const isSetUp = addons.some((addon) => addon.flavour === flavour);
  // Tools for the build are not needed once the add-on is built.
  const whenBuilding = isSetUp ? "note" : "missing";
  await look("Python", whenBuilding, async () => {
    const { program, version, tensorflow } = await findPython({ asked: options.python });
    return `${version}, ${program}${tensorflow ? `, with ${tensorflow.distribution} ${tensorflow.version}` : ""}`;
  });
  await look("C++ compiler", whenBuilding, async () => (await findCompiler()).version);
  await look("cache", whenBuilding, () => {
    checkWritable(cache.folder);
    if (!isSetUp) checkDiskSpace(cache.folder, flavour);
    return `${cache.folder}, ${(freeSpace(cache.folder) / 1e9).toFixed(0)} GB free`;
  });
  for (const name of cache.tensorflows()) findings.push({ state: "ok", subject: "TensorFlow", text: name });
  for (const addon of tfjsNode ? addons : []) {
    findings.push(await tryAddon(tfjsNode as TfjsNodePackage, addon, gpu, signal));
    signal?.throwIfAborted();
  }
  findings.push(...(await leftovers(cache)));
  if (!isSetUp) {
    const command = `npx @igr/tfjs-native setup${gpu ? " --gpu" : ""}`;
    findings.push({
      state: "missing",
      subject: "add-on",
      text: `none for this project${gpu ? " and a GPU" : ""}: run \`${command}\``,
    });
  }
  const gpus = listGpus().map(({ name, memoryMiB, driver }) => `${name} (${memoryMiB} MiB, driver ${driver})`);
  if (gpus.length > 0) findings.push({ state: "ok", subject: "GPU", text: gpus.join("; ") });
  else findings.push({ state: gpu ? "missing" : "note", subject: "GPU", text: whyNoGpu() });
  return findings;
}

async function tryAddon(
  tfjsNode: TfjsNodePackage,
  addon: CachedAddon,
  gpu: boolean,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const subject = "add-on";
  const name = `TensorFlow ${addon.tensorflow} for ${addon.flavour}`;
  const repair = `npx @igr/tfjs-native setup --tensorflow ${addon.tensorflow}${optionsOf(addon)}`;
  const libraries = addon.libraries.startsWith("/") ? addon.libraries : join(addon.folder, addon.libraries);
  if (!existsSync(libraries)) {
    return {
      state: "missing",
      subject,
      text: `${name}: its libraries are no longer in ${libraries}; run \`${repair}\``,
    };
  }
  try {
    const { tensorflow, isGpu, gpuLog } = await checkAddon(tfjsNode, addon.file, { signal });
    const device = isGpu ? "a GPU" : "the CPU";
    const log =
      addon.flavour === "gpu" && !isGpu ? `; its log:\n${gpuLog.map((line) => `    ${line}`).join("\n")}` : "";
    const isWanted = !(gpu && addon.flavour === "gpu" && !isGpu);
    return { state: isWanted ? "ok" : "missing", subject, text: `${name}: ${tensorflow} computes on ${device}${log}` };
  } catch (error) {
    return { state: "missing", subject, text: `${name}: ${messageOf(error)}; run \`${repair}\`` };
  }
}

/** The options of setup besides the version. */
function optionsOf({ flavour, folder }: CachedAddon): string {
  if (flavour === "cpu") return "";
  return ` --gpu${basename(folder).startsWith("gpu-system-cuda-") ? " --system-cuda" : ""}`;
}

async function leftovers(cache: Cache): Promise<Finding[]> {
  const findings: Finding[] = cache.halfBuilt().map((name) => ({
    state: "note",
    subject: "half built",
    text: `${name} is left of a setup that did not end: the next one removes it`,
  }));
  const lock = await describeLock(cache.lock);
  if (lock !== undefined) findings.push({ state: "note", subject: "lock", text: lock });
  return findings;
}

const marks: Readonly<Record<Finding["state"], string>> = { ok: "ok     ", missing: "MISSING", note: "note   " };

/** Findings as lines. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  return findings.map(({ state, subject, text }) => `${marks[state]}  ${subject.padEnd(width)}  ${text}`).join("\n");
}
