import type { KernelSupport } from "../src/kernels/support.js";

/** docs/jit-kernels.md in this checkout. */
export declare const TABLE_PATH: string;
/** Every kernel that tfjs-core names. */
export declare function kernelNames(): string[];
/** The document for these names. @throws Error for a name in neither record. */
export declare function renderTable(
  names: readonly string[],
  supported: Readonly<Record<string, KernelSupport>>,
  unsupported: Readonly<Record<string, string>>,
): string;
