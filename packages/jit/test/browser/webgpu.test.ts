import { describe, expect, test } from "vitest";
import { memoryOf, TIMEOUT, useSite, WITH_CANVAS, WITH_WEBGPU, withBrowser } from "./chromium.js";
import { BATCH_BYTES, WEIGHT_BYTES } from "./gpu-state.js";

/** The executor "web" with the provider webgpu, on Chromium's device in software. */
const { urls } = useSite();

describe("variables stay on the GPU", () => {
  const open = withBrowser(WITH_CANVAS);

  test(
    "training equals eager training",
    async () => {
      const { tab, requests } = await open(urls.ordinary);
      const report = await tab.evaluate(() => page.trainBothWays({ provider: "webgpu" }, 10));
      expect(report.difference).toBeLessThan(1e-3);
      expect(report.tensorsLeft).toBe(0);
      expect(report.summary).toContain("on web, provider webgpu, variables on the device");
      expect(report.summary).not.toContain("outside the graph");
      expect(requests.join(" ")).toMatch(/asyncify/);
      const stacked = await tab.evaluate(() => page.trainBothWays({ provider: "webgpu", stepsPerCall: 5 }, 10));
      expect(stacked.difference).toBeLessThan(1e-3);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "between host and GPU a step moves the batch, the loss and scalars, and no weights",
    async () => {
      const { tab } = await open(urls.ordinary);
      const { perStep, losses } = await tab.evaluate(() => page.transfersPerStep({ provider: "webgpu" }, 5));
      const inWasm = await tab.evaluate(() => page.transfersPerStep({ provider: "cpu", threads: 1 }, 5));
      for (const [i, loss] of inWasm.losses.entries()) expect(losses[i]).toBeCloseTo(loss, 5);
      // The first steps copy the weights to the GPU once, and allocate.
      for (const { uploaded, written, downloaded, live } of perStep.slice(2)) {
        // The learning rate and the loss are a number each.
        expect(uploaded).toBeLessThanOrEqual(BATCH_BYTES + 16);
        expect(downloaded).toBeLessThanOrEqual(16);
        // Shapes, for each kernel.
        expect(written).toBeLessThan(WEIGHT_BYTES / 100);
        expect(live).toBe(0);
      }
      // As many per step if a call has several.
      const stacked = await tab.evaluate(() => page.transfersPerStep({ provider: "webgpu", stepsPerCall: 3 }, 3));
      const last = stacked.perStep.at(-1)!;
      expect(last.uploaded).toBeLessThanOrEqual(3 * (BATCH_BYTES + 16));
      expect(last.downloaded).toBeLessThanOrEqual(3 * 16);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "eager code sees and changes them between calls as with WebAssembly",
    async () => {
      const { tab } = await open(urls.ordinary);
      const expected = await tab.evaluate(() => page.useState({ provider: "cpu", threads: 1 }));
      expect(expected.at(-2)).toEqual(["disposed", [103, 87, 71, 55, 39]]);
      expect(await tab.evaluate(() => page.useState({ provider: "webgpu" }))).toEqual(expected);
      const kept = await tab.evaluate(() => page.keepState({ provider: "cpu", threads: 1 }));
      expect(await tab.evaluate(() => page.keepState({ provider: "webgpu" }))).toEqual(kept);
      expect(kept.slice(-3)).toEqual([1.96875, 3.9375, 5.90625]);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "a run that fails changes none, and the next one has its own arguments",
    async () => {
      const { tab } = await open(urls.ordinary);
      const seen = await tab.evaluate(() => page.failBetweenCalls({ provider: "webgpu" }));
      expect(seen.before).toEqual([9, 12]);
      expect(seen.error).toMatch(/invalid dimensions/);
      expect(seen.kept).toEqual([3, 4, 5]);
      expect(seen.after).toBe(42);
      expect(seen.values).toEqual([13, 14, 15]);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "the runtime writes outputs to given memory, repeats a failed run's inputs, and ends its device with the last session",
    async () => {
      const { tab } = await open(urls.ordinary);
      const seen = await tab.evaluate(() => page.outputsOnGpu());
      expect(seen).toMatchObject({ first: 14, written: [2, 3, 4, 5], isSameDevice: false });
      expect(seen.refused).toMatch(/Got: 2 Expected: 4/);
      // If this fails, restarting-session.ts is no longer needed.
      expect(seen.afterRefusal).toMatch(/Got: 2 Expected: 4/);
      await tab.close();
    },
    TIMEOUT,
  );

  test(
    "their memory is freed, and that of a call",
    async () => {
      const { tab } = await open(urls.ordinary);
      // A variable has 1 MB.
      const left = await tab.evaluate(() => page.memoryAfterDispose({ provider: "webgpu" }, 4));
      expect(left).toBeLessThan(2 ** 16);
      await tab.evaluate(() => page.callOften({ provider: "webgpu" }, 100));
      const before = await memoryOf(tab);
      const report = await tab.evaluate(() => page.callOften({ provider: "webgpu" }, 1000));
      expect(report).toEqual({ newTensors: 0, value: 2 });
      expect((await memoryOf(tab)) - before).toBeLessThan(8 * 2 ** 20);
      await tab.close();
    },
    TIMEOUT,
  );
});

describe("where the browser shows no memory of the GPU on a canvas", () => {
  const open = withBrowser(WITH_WEBGPU);

  test(
    "variables stay in host memory, where eager code reads them",
    async () => {
      const { tab } = await open(urls.ordinary);
      const expected = await tab.evaluate(() => page.useState({ provider: "cpu", threads: 1 }));
      expect(await tab.evaluate(() => page.useState({ provider: "webgpu" }))).toEqual(expected);
      const { summary } = await tab.evaluate(() => page.trainBothWays({ provider: "webgpu" }, 2));
      expect(summary).toContain("outside the graph");
      expect(summary).not.toContain("on the device");
      expect(await tab.evaluate(() => page.gradientAndReverse({ provider: "webgpu" }))).toEqual({
        gradient: [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1],
        backwards: [5, 3],
      });
      await tab.close();
    },
    TIMEOUT,
  );
});
