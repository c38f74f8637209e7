import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Flavour } from "../tensorflow-versions.js";

/** The device that TensorFlow computes on. */
export interface Device {
  readonly kind: Flavour;
  /** Name of the GPU or the processor. */
  readonly name: string;
  /** Total memory of the GPU in MiB. Absent on a CPU, or if the driver does not report it. */
  readonly memoryMiB?: number;
}

export interface Gpu {
  readonly name: string;
  readonly memoryMiB: number;
  readonly driver: string;
}

/** The properties of the machine that decide about GPUs; tests pass others. */
export interface Machine {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Output of nvidia-smi; undefined if it is absent or fails. */
  nvidiaSmi(args: readonly string[]): string | undefined;
  hasFile(path: string): boolean;
}

export const thisMachine: Machine = {
  environment: process.env,
  platform: process.platform,
  nvidiaSmi(args) {
    // WSL has it outside the PATH.
    for (const program of ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"]) {
      try {
        return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 });
      } catch {
        // absent, or without a driver: try the next
      }
    }
    return undefined;
  },
  hasFile: existsSync,
};

const queried = "index,uuid,name,memory.total,driver_version";

/**
 * The GPUs that the driver lists and CUDA_VISIBLE_DEVICES lets through, in the order in which CUDA numbers them under
 * CUDA_DEVICE_ORDER=PCI_BUS_ID.
 */
export function listGpus(machine: Machine = thisMachine): Gpu[] {
  const text = machine.nvidiaSmi([`--query-gpu=${queried}`, "--format=csv,noheader,nounits"]) ?? "";
  const all = text
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim()))
    .filter((cells) => cells.length === queried.split(",").length)
    .map(([index = "", uuid = "", name = "", memory, driver = ""]) => ({
      index,
      uuid,
      gpu: { name, memoryMiB: Number(memory), driver },
    }));
  const { CUDA_VISIBLE_DEVICES: visible } = machine.environment;
  if (visible === undefined) return all.map(({ gpu }) => gpu);
  const gpus: Gpu[] = [];
  for (const wanted of visible.split(",").map((word) => word.trim())) {
    const found = all.find(({ index, uuid }) => index === wanted || (wanted.length > 4 && uuid.startsWith(wanted)));
    // CUDA reads the list up to the first invalid name.
    if (!found) break;
    gpus.push(found.gpu);
  }
  return gpus;
}

/** Why TensorFlow may have found no GPU, as the rest of a sentence after a colon. */
export function whyNoGpu(machine: Machine = thisMachine): string {
  const { environment, platform } = machine;
  const { CUDA_VISIBLE_DEVICES: visible } = environment;
  if (platform !== "linux") return "PyPI's TensorFlow uses NVIDIA GPUs on Linux only";
  if (visible !== undefined && /^(-1)?$/.test(visible.trim())) {
    return `CUDA_VISIBLE_DEVICES="${visible}" hides every GPU; unset it`;
  }
  const gpus = listGpus(machine);
  if (gpus.length > 0) {
    const { name, driver } = gpus[0] as Gpu;
    return (
      `the driver (${driver}) has a ${name}, but TensorFlow could not use it: the driver may be too old for its CUDA, or a CUDA library is ` +
      "missing; `npx @igr/tfjs-native doctor --gpu` prints TensorFlow's own words"
    );
  }
  const hasDriver = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"].some((path) => machine.hasFile(path));
  return hasDriver
    ? "an NVIDIA driver is loaded but lists no GPU; in a container pass --gpus all"
    : "this machine has no NVIDIA driver (no nvidia-smi, no /proc/driver/nvidia); in a container pass --gpus all";
}

/** The device of a loaded backend. TensorFlow names its devices only in its log, so this asks the driver. */
export function describeDevice(isGpu: boolean, machine: Machine = thisMachine): Device {
  if (!isGpu) return { kind: "cpu", name: `${cpus()[0]?.model.trim() ?? "CPU"}, ${availableParallelism()} cores` };
  const gpus = listGpus(machine);
  // tfjs-node computes on the last GPU that TensorFlow lists.
  const used = gpus.at(-1);
  return used ? { kind: "gpu", name: used.name, memoryMiB: used.memoryMiB } : { kind: "gpu", name: "NVIDIA GPU" };
}

/** `GPU NVIDIA H100 80GB HBM3 (81559 MiB)`, `CPU AMD EPYC 7763, 2 cores`. */
export function deviceSentence({ kind, name, memoryMiB }: Device): string {
  return `${kind.toUpperCase()} ${name}${memoryMiB === undefined ? "" : ` (${memoryMiB} MiB)`}`;
}
