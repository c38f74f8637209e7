import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runId } from "../run/identity.js";
import { makeBuiltIn } from "../study/built-in/index.js";
import { goals } from "./discrete-goals.js";

test("a goal of 100 samples on all test images is judged by that bound only", async () => {
  const { groups } = await makeBuiltIn("discrete", { rows: ["ReinMax", "IGR(0.50)"] });
  const measured = { "hard-elbo": -95.2, iwae: -88.5, elbo: -98.1 };
  const values = Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [name, { value, unit: "nats" as const }]),
  );
  const measures = { epochs: 100, measuredEpoch: 100, values };
  const results = groups.map((group) => ({
    group,
    runs: group.configurations.map((configuration) => ({ configuration, measures })),
  }));
  const docs = mkdtempSync(join(tmpdir(), "igr-goals-"));
  const rowsOf = () => goals(results, docs)[0]!.split("\n").slice(2);

  expect(rowsOf()[0]).toMatch(/\| -95.2 \(ReinMax\) \| reached \|$/);
  expect(rowsOf()[1]).toMatch(/\| not measured \| \|$/);
  expect(rowsOf()[2]).toMatch(/\| -98.1 \(IGR\(0.50\)\) \| missed by 0.7 \|$/);

  const folder = join(docs, "results", "evaluations");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${runId(groups[0]!.configurations[0]!)}.json`);
  const write = (samples: number, images: number) =>
    writeFileSync(file, JSON.stringify({ values: { iwae: { value: -90.34, samples, images } } }));
  write(1000, 1000);
  expect(rowsOf()[1]).toMatch(/\| not measured \| \|$/);
  write(100, 10_000);
  expect(rowsOf()[1]).toMatch(/\| -90.3 \(ReinMax\) \| missed by 0.3 \|$/);
});
