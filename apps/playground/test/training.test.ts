import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { builtSite, IGR_SCREENSHOTS, TIMEOUT } from "./site.js";

/** Part 4 of the built page: training in a worker, in WebAssembly and on WebGPU. */
const site = builtSite(["none", "swiftshader"]);

/** Trains until a step, pauses, and returns the bounds that the page shows. */
async function boundsUntil(tab: Page, step: number) {
  await tab.getByRole("button", { name: "Train", exact: true }).click();
  await tab.waitForFunction((last) => (playground.bounds.value.at(-1)?.step ?? 0) >= last, step, { timeout: TIMEOUT });
  await tab.getByRole("button", { name: "Pause" }).click();
  const bounds = await tab.evaluate(() => playground.bounds.value);
  return { bounds: bounds.filter((each) => each.step <= step), status: await tab.locator(".status").textContent() };
}

test(
  "training in the page raises the bound, pauses, decodes edited cells and writes files",
  async () => {
    const { tab, complaints } = await site.open("none");
    await tab.getByRole("button", { name: "Train", exact: true }).click();
    const boundAt = async (step: number) => {
      await tab.waitForFunction(
        (least) => Number(/step (\d+),/.exec(document.querySelector(".status")?.textContent ?? "")?.[1]) >= least,
        step,
        { timeout: TIMEOUT },
      );
      const label = await tab.locator("svg[aria-label^=Bounds]").getAttribute("aria-label");
      return Number(/training ends at (-[\d.e+]+)/.exec(label ?? "")?.[1]);
    };
    const first = await boundAt(5);
    const later = await boundAt(60);
    expect(later).toBeGreaterThan(first + 50);
    await tab.getByRole("button", { name: "Pause" }).click();
    await tab.waitForSelector('[data-phase="paused"]');
    await tab.locator(".cell-row input:not(:checked)").first().click();
    const [download] = await Promise.all([
      tab.waitForEvent("download"),
      tab.getByRole("button", { name: "Download the weights as safetensors" }).click(),
    ]);
    const bytes = readFileSync(await download.path());
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()) as object;
    expect(Object.keys(header).length).toBeGreaterThan(8);
    if (IGR_SCREENSHOTS) {
      await tab.locator("#part-4").evaluate((element) => element.scrollIntoView());
      await tab.screenshot({ path: join(IGR_SCREENSHOTS, "training.png") });
    }
    expect(complaints).toEqual([]);
    await tab.close();
  },
  TIMEOUT,
);

test(
  "on WebGPU the bounds are those of WebAssembly for the same seed",
  async (context) => {
    const query = "seed=11";
    // A device in software takes seconds for a step; the page does nothing else meanwhile.
    const options = { reducedMotion: "reduce" } as const;
    const onGpu = await site.open("swiftshader", query, options);
    const hasAdapter = await onGpu.tab.evaluate(
      async () => (await (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu?.requestAdapter()) != null,
    );
    if (!hasAdapter) context.skip("this Chromium has no WebGPU, not even in software");
    const actual = await boundsUntil(onGpu.tab, 5);
    expect(actual.status).toContain("training on WebGPU");
    expect(onGpu.complaints).toEqual([]);
    await onGpu.tab.close();

    const inWasm = await site.open("none", query, options);
    const expected = await boundsUntil(inWasm.tab, 5);
    expect(expected.status).toContain("training in WebAssembly");
    await inWasm.tab.close();

    expect(actual.bounds.map(({ step }) => step)).toEqual([1, 5]);
    for (const [i, { step, relaxed, hard }] of expected.bounds.entries()) {
      expect(actual.bounds[i]!.step).toBe(step);
      expect(Math.abs(actual.bounds[i]!.relaxed / relaxed - 1)).toBeLessThan(1e-4);
      // The first one is measured after one step of training, by eager code that reads the variables.
      if (hard !== undefined) expect(Math.abs(actual.bounds[i]!.hard! / hard - 1)).toBeLessThan(1e-4);
    }
  },
  2 * TIMEOUT,
);
