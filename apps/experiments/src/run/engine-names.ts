/** What runs the steps; see {@link chooseEngine}. */
export const engineNames = ["auto", "jit", "wasm", "cpu", "tfjs-node", "tfjs-node-gpu"] as const;
export type EngineName = (typeof engineNames)[number];
