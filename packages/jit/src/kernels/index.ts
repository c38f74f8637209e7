import type { LoweringTable } from "./lowering.js";

/** Every kernel that can be compiled, by its name in tfjs. */
export const lowerings: LoweringTable = {};
