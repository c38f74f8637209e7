// jax-js: JAX's interface in TypeScript, compiled to WebAssembly.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { init } from "@jax-js/jax";
import { serve } from "../protocol.mjs";
import { makeJaxSteps } from "./jaxjs-problem.mjs";

const { values: args } = parseArgs({
  options: {
    model: { type: "string", default: "dense" },
    batch: { type: "string", default: "64" },
    threads: { type: "string", default: "1" },
  },
});
await init("wasm");

const { version } = JSON.parse(
  readFileSync(new URL("./node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
);
await serve({ "jax-js": version }, { "jax-js jit": () => makeJaxSteps(args.model, Number(args.batch)) });
