import { availableParallelism, cpus, totalmem } from "node:os";

/** The machine of a measurement. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
}

/** This machine. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** `2 cores (AMD EPYC), Node v20.20.2`. */
export function machineInWords({ cpu, cores, node }: Omit<Machine, "memoryGiB"> = thisMachine()): string {
  return `${cores} ${cores === 1 ? "core" : "cores"} (${cpu}), Node ${node}`;
}
