import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { studyReport } from "../src/command/study-report.js";
import { resolveConfiguration } from "../src/configuration/resolve.js";
import { keptStudy } from "../src/documentation/kept-views.js";
import { openStore } from "../src/run/open-store.js";
import type { RunRecord } from "../src/run/record.js";
import { runsStudy } from "../src/study/runs-study.js";
import { reportToHtml } from "../src/view/report.js";

/** Reports in a real Chromium. `IGR_SCREENSHOTS` names a folder for screenshots. */
const { IGR_CHROMIUM, IGR_SCREENSHOTS } = process.env;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
const TIMEOUT = 180_000;
const folder = mkdtempSync(join(tmpdir(), "igr-report-"));
const store = openStore(fileURLToPath(new URL("../../../docs/results/kept", import.meta.url)));
const evil = `"><img src=x onerror="globalThis.evil=1"><script>globalThis.evil=1</script></title></style>'`;

let browser: Browser;

beforeEach((context) => {
  if (!IGR_CHROMIUM) context.skip("no browser given: set IGR_CHROMIUM to the path of a Chromium");
});
beforeAll(async () => {
  if (IGR_CHROMIUM) browser = await chromium.launch({ executablePath: IGR_CHROMIUM, args: FLAGS });
}, TIMEOUT);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT);

async function pageOf(name: string): Promise<string> {
  const { study, results, views } = await keptStudy(name, {}, store);
  return reportToHtml(await studyReport(study, views, results, store));
}

function record(settings: Record<string, unknown>): RunRecord {
  const losses = [-150, -120].map((elbo, k) => ({
    epoch: k + 1,
    steps: 1,
    train: { loss: -elbo, elbo, reconstruction: elbo, kl: 1 },
    imagesPerSecond: 1,
    seconds: 1,
  }));
  const values = { elbo: { value: -120, unit: "nats" as const } };
  return {
    id: "0".repeat(16),
    configuration: resolveConfiguration(settings),
    epochs: losses,
    measures: [{ epochs: 2, measuredEpoch: 2, values }],
    pictures: [{ file: "samples.png", caption: evil }],
  };
}

const pages: Readonly<Record<string, () => Promise<string>>> = {
  "table-1": () => pageOf("table-1"),
  "figure-2": () => pageOf("figure-2"),
  "figure-5": () => pageOf("figure-5"),
  hostile: async () => {
    const records = [record({ data: { name: "folder", dir: evil } }), record({ latent: { kind: "gs" } })];
    const { study, results } = runsStudy(evil, records);
    const views = study.views(results, () => undefined);
    const pictured = { ...store, read: async () => new Uint8Array([1]) };
    return reportToHtml(await studyReport(study, views, results, pictured));
  },
};

describe.each(Object.keys(pages))("the report %s", (name) => {
  let url: string;
  let html: string;
  beforeAll(async () => {
    html = await (pages[name] as () => Promise<string>)();
    const file = join(folder, `${name}.html`);
    writeFileSync(file, html);
    url = pathToFileURL(file).href;
  }, TIMEOUT);

  test.each([360, 768, 1280])(
    "fits %d px, light and dark; axe finds nothing, and nothing is loaded or run",
    async (width) => {
      for (const colorScheme of ["light", "dark"] as const) {
        const tab = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
        const asked: string[] = [];
        tab.on("request", (request) => asked.push(request.url()));
        const complaints: string[] = [];
        tab.on("pageerror", (error) => complaints.push(String(error)));
        tab.on("dialog", (dialog) => dialog.dismiss());
        await tab.goto(url);
        const found = await tab.evaluate(() => ({
          overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          evil: (globalThis as { evil?: number }).evil,
          scripts: document.scripts.length,
          smallest: Math.min(
            ...[...document.querySelectorAll("figure svg text")]
              .filter((text) => text.checkVisibility())
              .map((text) => text.getBoundingClientRect().height),
          ),
        }));
        expect(found).toMatchObject({ overflow: 0, scripts: 0 });
        expect(found.evil).toBeUndefined();
        // 12 px text is 14 to 15 px high; smaller text would not be legible on a phone.
        expect(found.smallest).toBeGreaterThan(10);
        expect(asked.filter((address) => !address.startsWith("data:"))).toEqual([url]);
        expect(complaints).toEqual([]);
        await tab.evaluate(axe.source);
        const violations = await tab.evaluate(async () => {
          const results = await (globalThis as unknown as { axe: typeof axe }).axe.run();
          return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
        });
        expect(violations).toEqual([]);
        if (IGR_SCREENSHOTS) {
          await tab.screenshot({ path: join(IGR_SCREENSHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        }
        await tab.close();
      }
    },
    TIMEOUT,
  );

  test(
    "prints in light colors, with the wide charts and the collapsed blocks",
    async () => {
      const tab = await browser.newPage({ viewport: { width: 360, height: 900 }, colorScheme: "dark" });
      await tab.goto(url);
      await tab.emulateMedia({ media: "print" });
      const printed = await tab.evaluate(() => ({
        back: getComputedStyle(document.body).backgroundColor,
        wide: [...document.querySelectorAll(".wide")].every((each) => each.checkVisibility()),
        narrow: [...document.querySelectorAll(".narrow")].some((each) => each.checkVisibility()),
      }));
      expect(printed).toEqual({ back: "rgb(255, 255, 255)", wide: true, narrow: false });
      await tab.close();
    },
    TIMEOUT,
  );
});

test("a report of committed runs without weights is complete", async () => {
  const html = await pageOf("table-1");
  for (const words of [
    "Results",
    "Evidence lower bound by epoch",
    "exactly 0 in float32",
    "Distance of posterior draws of test images from the nearest vertex",
    "their reconstructions. Bottom: decoded samples of the prior",
    "What differs in configuration",
    "latent.temperature",
    "4200a1260324",
    "2 cores (AMD EPYC), Node v20.20.2",
    "hard ELBO",
    "-164.5",
  ]) {
    expect(html).toContain(words);
  }
});
