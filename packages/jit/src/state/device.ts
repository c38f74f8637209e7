import type { Value } from "../ir/graph.js";
import type { HostArray } from "./host-array.js";

/** A device whose memory keeps the values of variables from one run to the next, such as a GPU. */
export interface Device {
  /** False for values that stay in host memory, because of their type or size. */
  canHold(value: Value): boolean;
  /** Memory for the values of `value`. @throws ExecutorError if the device has no room. */
  allocate(value: Value): Promise<DeviceArray>;
}

/** Values in a device's memory, which sessions read and write there. */
export interface DeviceArray {
  /** The values at the time of the call. @throws JitError if the device was lost. */
  read(): Promise<HostArray>;
  /** The same, while the caller waits. */
  readSync(): HostArray;
  write(values: HostArray): void;
  /** Frees the memory. Reads that have begun still end. */
  free(): void;
}
