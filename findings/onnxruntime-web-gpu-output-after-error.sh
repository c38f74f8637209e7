#!/usr/bin/env bash
# What one would guess: a run that onnxruntime-web refuses, such as one with an input of the wrong shape, has no influence on the next run of the session.
# What happens (onnxruntime-web 1.30.0, provider webgpu, preferredOutputLocation "gpu-buffer"): every later run of the session gets the refused inputs again and fails
# with the same error. Without preferredOutputLocation the next run is right. Way out: make the session anew after an error.
# Needs a Chromium: IGR_CHROMIUM is its path, /usr/bin/chromium by default. WebGPU runs in software.
# Exits 0 while this holds, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-web@1.30.0 playwright-core@1.64.1 >/dev/null
cat > check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const TYPES = { html: "text/html", mjs: "text/javascript", wasm: "application/wasm" };
const server = createServer(({ url }, response) => {
  try {
    const body = url === "/" ? "<!doctype html>" : readFileSync(`node_modules/onnxruntime-web/dist${url}`);
    response.setHeader("Content-Type", TYPES[url === "/" ? "html" : url.split(".").at(-1)] ?? "text/plain");
    response.end(body);
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
await new Promise((ready) => server.listen(0, "localhost", ready));
const browser = await chromium.launch({
  executablePath: process.env.IGR_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
});
const tab = await browser.newPage();
await tab.goto(`http://localhost:${server.address().port}/`);
const seen = await tab.evaluate(async () => {
  const ort = await import("/ort.webgpu.bundle.min.mjs");
  ort.env.wasm.wasmPaths = "/";
  ort.env.wasm.numThreads = 1;
  // y = -x, float32[4].
  const model = Uint8Array.from(atob("CAo6OQoLCgF4EgF5IgNOZWcSCG5lZ2F0aXZlWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEg=="), (letter) => letter.charCodeAt(0));
  const run = async (session, values) => {
    try {
      const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.from(values), [values.length]) });
      return `[${await y.getData(true)}]`;
    } catch (error) {
      return error.message.replace(/\s+/g, " ").replace(/^.*ERROR_MESSAGE: /, "").slice(0, 90);
    }
  };
  const seen = { version: ort.env.versions.web };
  for (const [place, options] of [
    ["cpu", {}],
    ["gpu-buffer", { preferredOutputLocation: "gpu-buffer" }],
  ]) {
    const session = await ort.InferenceSession.create(model, { executionProviders: ["webgpu"], logSeverityLevel: 4, ...options });
    seen[place] = [await run(session, [1, 2, 3, 4]), await run(session, [1, 2]), await run(session, [5, 6, 7, 8])];
  }
  return seen;
});
const [good, refused] = ["[-5,-6,-7,-8]", /Got: 2 Expected: 4/];
console.log("onnxruntime-web", seen.version);
for (const place of ["cpu", "gpu-buffer"]) {
  const [first, second, third] = seen[place];
  console.log(`output on ${place}:\n  x of 4 numbers: ${first}\n  x of 2 numbers: ${second}\n  x of 4 numbers: ${third}`);
}
const isAsDescribed =
  seen.cpu[2] === good && refused.test(seen.cpu[1]) && seen["gpu-buffer"][0] === "[-1,-2,-3,-4]" && refused.test(seen["gpu-buffer"][2]);
await browser.close();
server.close();
process.exit(isAsDescribed ? 0 : 1);
JS
node check.mjs
