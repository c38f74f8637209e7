import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, runNode } from "../packaging/process.js";
import { Tarballs } from "../packaging/tarballs.js";
import { bundlers } from "./bundlers.js";

const { IGR_CHROMIUM, IGR_BUN, IGR_DENO } = process.env;
const TIMEOUT = 180_000;

let tarballs: Tarballs | undefined;
let project: string;
let expected: Record<string, number[]>;
let browser: Browser | undefined;

beforeAll(async () => {
  if (!(IGR_CHROMIUM || IGR_BUN || IGR_DENO)) return;
  tarballs = new Tarballs(["tensors", "bijectors", "core", "jit", "files", "datasets", "models"]);
  const tfjs = { "@tensorflow/tfjs-core": "^4.22.0", "@tensorflow/tfjs-layers": "^4.22.0" };
  project = tarballs.project("portability", {
    ...tfjs,
    "@igr/bijectors": "",
    "@igr/core": "",
    "@igr/datasets": "",
    "@igr/jit": "",
    "@igr/models": "",
    "@tensorflow/tfjs-backend-cpu": "^4.22.0",
    "onnxruntime-web": "^1.30.0",
  });
  for (const file of ["probe.mjs", "compiled.mjs", "trained.mjs", "page.mjs", "alone.mjs"]) {
    copyFileSync(fileURLToPath(new URL(file, import.meta.url)), join(project, file));
  }
  expected = JSON.parse(lastLine(runNode("alone.mjs", [], project)));
  if (IGR_CHROMIUM) {
    browser = await chromium.launch({ executablePath: IGR_CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  }
}, TIMEOUT);
afterAll(async () => {
  await browser?.close();
  tarballs?.remove();
});

const lastLine = (text: string) => text.trim().split("\n").at(-1) as string;

/** Float32 throughout, but each engine has its own `Math.exp` and `Math.log`. */
function expectClose(actual: Readonly<Record<string, readonly number[]>>, reference = expected): void {
  expect(Object.keys(actual)).toEqual(Object.keys(reference));
  for (const [name, values] of Object.entries(reference)) {
    for (const [index, value] of values.entries()) {
      const difference = Math.abs((actual[name]?.[index] ?? Number.NaN) - value);
      expect(difference, `${name}[${index}]`).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(value)));
    }
  }
}

test.for([
  { name: "Bun", program: IGR_BUN, args: ["run"], variable: "IGR_BUN", from: "npm's bun" },
  // A project whose node_modules were made by npm: Deno resolves in them.
  {
    name: "Deno",
    program: IGR_DENO,
    args: [
      ...["run", "--quiet", "--no-lock", "--node-modules-dir=manual"],
      ...["--allow-env", "--allow-read", "--allow-write", "--allow-sys"],
    ],
    variable: "IGR_DENO",
    from: "npm's deno",
  },
])(
  "distributions, a compiled gradient and a trained model give Node's numbers in $name",
  ({ name, program, args, variable, from }, context) => {
    if (!program) return context.skip(`no ${name} given: set ${variable} to the path of the program, ${from} for one`);
    expectClose(JSON.parse(lastLine(run(program, [...args, "alone.mjs"], project))));
  },
);

test.for(bundlers)(
  "a page bundled by $name computes, and @igr/jit compiles in it",
  async ({ name, bundle }, context) => {
    if (!browser) return context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
    const site = join(project, `site-${name}`);
    mkdirSync(site);
    writeFileSync(join(site, "index.html"), '<!doctype html><script type="module" src="./page.js"></script>');
    await bundle({ project, entry: join(project, "page.mjs"), site });
    const { server, url } = await serve(site);
    const tab = await browser.newPage();
    tab.setDefaultTimeout(TIMEOUT / 2);
    const errors: string[] = [];
    tab.on("pageerror", ({ message }) => errors.push(message));
    try {
      await tab.goto(url);
      await tab.waitForFunction(() => "answer" in globalThis);
      const numbers = await tab.evaluate(
        () => (globalThis as unknown as { answer: Promise<Record<string, number[]>> }).answer,
      );
      expect(numbers.compiled).toEqual([3, 12, 27]);
      const { trained: _, ...inPages } = expected; // saves files
      expectClose(numbers, inPages);
      expect(errors).toEqual([]);
    } finally {
      await tab.close();
      server.closeAllConnections();
      server.close();
    }
  },
);

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

async function serve(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    try {
      const body = readFileSync(join(folder, path === "/" ? "index.html" : path));
      response
        .writeHead(200, { "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream" })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return { server, url: `http://localhost:${(server.address() as { port: number }).port}/` };
}
