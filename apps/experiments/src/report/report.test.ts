import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
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
    samples: new Uint8Array([1, 2, 3]),
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
  expect(document.querySelectorAll(".charts > figure")).toHaveLength(3);
  expect(document.querySelectorAll("img")).toHaveLength(2);
  expect(document.body.textContent).toContain("-160.00");
  expect(html).not.toMatch(/(src|href)="https?:/);
  expect(html).toContain("Bernoulli &lt;logits&gt;");
});

test("the better relaxation is named only where the difference exceeds two standard errors", () => {
  expect(verdict([run("GS(0.67)", [-184]), run("IGR(0.50)", [-160])])).toMatch(
    /^IGR\(0\.50\) is better than GS\(0\.67\) by 24\.0 nats/,
  );
  expect(verdict([run("GS(0.67)", [-160.5]), run("IGR(0.50)", [-160])])).toMatch(/^No clear difference/);
  expect(verdict([run("IGR(0.50)", [-160])])).toBeUndefined();
});
