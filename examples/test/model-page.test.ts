import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { createRng } from "@igr/core";
import { BernoulliLikelihood, DiscreteVAE, denseNetwork, IgrLatent, save } from "@igr/models";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { expect, test } from "vitest";

const CHROMIUM = process.env.IGR_CHROMIUM;
const root = fileURLToPath(new URL("../model-page", import.meta.url));

function makeModel(): DiscreteVAE {
  const rng = createRng(5);
  const prior = { loc: [0, 0.5], scale: [1, 1] };
  const latent = new IgrLatent({ variables: 2, categories: 3, temperature: 0.5, prior });
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 16, hidden: [], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [], outputs: 16, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

test("a page loads a served model and draws the images that Node draws; damaged weights are reported", async (context) => {
  if (!CHROMIUM) context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
  const outDir = mkdtempSync(join(tmpdir(), "igr-model-page-"));
  const common = { root, configFile: false, logLevel: "error" } as const;
  await build({ ...common, build: { outDir, target: "es2022", chunkSizeWarningLimit: 1e6, emptyOutDir: true } });
  const model = makeModel();
  await save(model, join(outDir, "model"));
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: "localhost" } });
  const browser = await chromium.launch({
    executablePath: CHROMIUM as string,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const address = server.resolvedUrls?.local[0] as string;
    await page.goto(address);
    await page.waitForSelector("body[data-ready]");
    expect(await page.textContent("#status")).toBe("2 variables of 3 categories; Bernoulli pixels from logits");
    const expected = model.sample(createRng(1), 8, { hard: true }).dataSync<"float32">();
    const sum = expected.reduce((total, pixel) => total + pixel, 0);
    expect(Number(await page.getAttribute("body", "data-sum"))).toBeCloseTo(sum, 3);

    const { weights } = (await (await fetch(`${address}model/config.json`)).json()) as { weights: { file: string } };
    writeFileSync(join(outDir, "model", weights.file), "damaged");
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    expect(await page.textContent("#status")).toMatch(/^load: http.*\.safetensors has SHA-256 /);
  } finally {
    await browser.close();
    await server.close();
    rmSync(outDir, { recursive: true, force: true });
  }
}, 180_000);
