import { parseHTML } from "linkedom";
import { expect, test, vi } from "vitest";
import type { RunRecord } from "../run/record.js";
import { renderReport, verdict } from "./report.js";

function run(title: string, elbos: readonly number[], standardError = 0.4): RunRecord {
  return {
    title,
    configuration: {
      dataset: "mnist",
      relaxation: "igr",
      temperature: 0.5,
      delta: 0.1,
      variables: 30,
      categories: 10,
      likelihood: "bernoulli",
      binarize: "dynamic",
      epochs: elbos.length,
      batchSize: 64,
      learningRate: 1e-3,
      seed: 1,
      engine: "auto",
    },
    environment: { node: "v20.20.2", platform: "linux x64", engine: "eager", backend: "wasm", versions: {} },
    latent: { kind: "igr" },
    likelihood: "Bernoulli <logits>",
    pictures: [{ file: "samples.png", caption: "Test images", png: new Uint8Array([1, 2, 3]) }],
    measures: [{ name: "log-likelihood", value: elbos.at(-1)! + 4, standardError: 0.5, unit: "nats" }],
    epochs: elbos.map((elbo, index) => ({
      epoch: index + 1,
      steps: 937,
      train: { loss: -elbo, elbo: elbo - 5, reconstruction: elbo + 10, kl: 15 },
      validation: { elbo, reconstruction: elbo + 18, kl: 18, standardError, images: 10_000 },
      vanishedGradients: { zero: 0.01, tiny: 0.02 },
      imagesPerSecond: 4000,
      seconds: 15,
    })),
  };
}

test("the report is one HTML page with a chart per measure, the pictures inside and nothing loaded from elsewhere", () => {
  const html = renderReport("IGR and GS", [run("IGR(0.50)", [-190, -160]), run("GS(0.67)", [-194, -184])]);
  const { document } = parseHTML(html);
  expect(document.querySelectorAll("svg path[stroke-width='2'], svg g[stroke-width='2'] path").length).toBeGreaterThan(
    0,
  );
  const charts = [...document.querySelectorAll(".charts > figure")];
  // Two runs of two epochs: training and test ELBO, KL, zero and tiny gradients.
  expect(charts.map((chart) => chart.querySelectorAll("circle").length)).toEqual([8, 4, 8]);
  expect(document.querySelectorAll("img")).toHaveLength(2);
  expect(document.body.textContent).toContain("-160.00");
  expect(html).not.toMatch(/(src|href)="https?:/);
  expect(html).toContain("Bernoulli &lt;logits&gt;");
});

test("one epoch without vanished gradients makes charts that warn of nothing and have axes that can be read", () => {
  const warn = vi.spyOn(console, "warn");
  const single = (title: string, elbo: number) => {
    const record = run(title, [elbo]);
    return { ...record, epochs: record.epochs.map((log) => ({ ...log, vanishedGradients: { zero: 0, tiny: 0 } })) };
  };
  const html = renderReport("IGR and GS", [single("IGR(0.50)", -190), single("GS(0.67)", -194)]);
  expect(warn).not.toHaveBeenCalled();
  const vanished = parseHTML(html).document.querySelectorAll(".charts > figure")[2]!;
  const ticks = [...vanished.querySelectorAll("[aria-label='y-axis tick label'] text")].map((text) => text.textContent);
  expect(ticks[0]).toBe("0.00");
  expect(ticks.every((tick) => tick!.length < 6)).toBe(true);
  expect(html).toContain("1 epoch,");
});

test("a page about runs of different settings states them all, and judges only what can be compared", () => {
  const first = run("IGR(0.50)", [-190]);
  const other = run("IGR(0.50) b", [-150]);
  const fashion = { ...other, configuration: { ...other.configuration, dataset: "fashion-mnist", seed: 2 } as const };
  const html = renderReport("both", [first, fashion]);
  expect(html).toContain("mnist / fashion-mnist");
  expect(html).toContain("seed 1 / seed 2");
  expect(verdict([first, fashion])).toBeUndefined();
});

test("the better relaxation is named only where the difference exceeds two standard errors", () => {
  expect(verdict([run("GS(0.67)", [-184]), run("IGR(0.50)", [-160])])).toMatch(
    /^IGR\(0\.50\) is better than GS\(0\.67\) by 24\.0 nats/,
  );
  expect(verdict([run("GS(0.67)", [-160.5]), run("IGR(0.50)", [-160])])).toMatch(/^No clear difference/);
  expect(verdict([run("IGR(0.50)", [-160])])).toBeUndefined();
});
