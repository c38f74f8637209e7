import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const CHROMIUM = process.env.IGR_CHROMIUM;
const root = fileURLToPath(new URL("../browser-page", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-page-"));
let server: PreviewServer | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  if (!CHROMIUM) return;
  const common = { root, configFile: false, logLevel: "error" } as const;
  const outDir = join(folder, "site");
  await build({ ...common, build: { outDir, target: "es2022", chunkSizeWarningLimit: 1e6 } });
  server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: "localhost" } });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The cells of a row of numbers. */
async function row(page: Page, head: string): Promise<number[]> {
  const text = await page.locator("#numbers tr", { hasText: head }).locator("td").allTextContents();
  return text.map(Number.parseFloat);
}

test("the page draws IGR's samples, follows its sliders and climbs by gradients", async (context) => {
  if (!CHROMIUM) context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
  const page = await browser!.newPage({ viewport: { width: 1000, height: 640 } });
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(server!.resolvedUrls!.local[0]!);
  await page.waitForSelector("body[data-ready]");

  const [exact, drawn] = [await row(page, "exact"), await row(page, "draws")];
  for (const [k, p] of exact.entries()) {
    // Four standard errors of a share of 2,000 draws.
    expect(Math.abs(p - drawn[k]!)).toBeLessThan(4 * Math.sqrt(0.25 / 2000));
  }
  const moveTo = (id: string, value: string) => page.locator(`[id="${id}"]`).fill(value);
  await moveTo("loc 2", "2");
  expect((await row(page, "exact"))[1]).toBeGreaterThan(exact[1]! + 0.3);
  expect((await row(page, "KL"))[0]).toBeGreaterThan(1);

  const before = (await row(page, "exact"))[0]!;
  await page.click("#climb");
  await page.waitForSelector("#status:text('step 40 of 40')", { timeout: 30_000 });
  expect((await row(page, "exact"))[0]).toBeGreaterThan(before + 0.2);
  expect(errors).toEqual([]);
  if (process.env.IGR_SCREENSHOT) await page.screenshot({ path: process.env.IGR_SCREENSHOT });
  await page.close();
}, 120_000);
