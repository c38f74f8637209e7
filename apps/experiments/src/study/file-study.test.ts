import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runId } from "../run/identity.js";
import { type StudyDefinition, studySchema } from "./definition.js";
import { definedStudy, fileStudy } from "./file-study.js";
import { quasiRandomSamples, randomSamples } from "./sampling.js";

const folder = mkdtempSync(join(tmpdir(), "igr-study-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function defined(definition: Record<string, unknown>) {
  return definedStudy("test", studySchema.parse({ name: "test", ...definition }) as StudyDefinition);
}

test("a file's grid, variants and seeds give every combination once", () => {
  const file = join(folder, "sweep.yaml");
  writeFileSync(
    file,
    `name: sweep
fixed: { epochs: 2 }
variants:
  IGR: { latent: { kind: igr } }
  GS: { latent: { kind: gs } }
grid:
  latent.temperature: [0.1, 0.5]
  training.learningRate: [1e-3, 1e-4]
seeds: [3, 5]
`,
  );
  const { groups } = fileStudy(file);
  expect(groups).toHaveLength(8);
  expect(groups[0]?.labels).toEqual({ variant: "IGR", "latent.temperature": "0.1", "training.learningRate": "0.001" });
  const runs = groups.flatMap(({ configurations }) => configurations);
  expect(new Set(runs.map(runId)).size).toBe(16);
  expect(new Set(runs.map(({ seed }) => seed))).toEqual(new Set([3, 5]));
  expect(runs.every(({ epochs }) => epochs === 2)).toBe(true);
});

test.each([
  [{ grid: { "latent.temperature": [] } }, "grid.latent.temperature must hold >= 1 values"],
  [{ seeds: 0 }, "seeds must be"],
  [{ measure: ["elbo"] }, "measure is not used"],
  [{ grid: { "latent.rho": [0.5] } }, "(latent.rho 0.5): latent.rho is not used"],
])("a file with %j is rejected with its name", (part, sentence) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, JSON.stringify({ name: "wrong", ...part }));
  expect(() => fileStudy(file)).toThrow(sentence);
  expect(() => fileStudy(file)).toThrow("wrong.json");
});

describe("samples", () => {
  const space = {
    a: { uniform: [2, 4] as [number, number] },
    b: { logUniform: [1e-4, 1] as [number, number] },
    c: { integer: [1, 3] as [number, number] },
    d: { choice: ["x", "y"] as unknown[] },
  };

  test.each([
    ["random", randomSamples],
    ["quasi-random", quasiRandomSamples],
  ])("%s samples are in their ranges, and a larger sample begins with the same ones", (_, sampled) => {
    const few = sampled({ count: 10, seed: 1, space });
    const many = sampled({ count: 300, seed: 1, space });
    expect(many.slice(0, 10)).toEqual(few);
    expect(sampled({ count: 10, seed: 2, space })).not.toEqual(few);
    for (const { a, b } of many as { a: number; b: number }[]) expect(a >= 2 && a < 4 && b >= 1e-4 && b < 1).toBe(true);
    // A third each, and a half each, within 4 standard errors of independent draws.
    for (const value of [1, 2, 3]) {
      expect(Math.abs(many.filter(({ c }) => c === value).length - 100)).toBeLessThan(4 * Math.sqrt((300 * 2) / 9));
    }
    expect(Math.abs(many.filter(({ d }) => d === "x").length - 150)).toBeLessThan(4 * Math.sqrt(300 / 4));
    // The median of a log-uniform variable is the geometric mean of its ends.
    const logs = many.map(({ b }) => Math.log10(b as number)).sort((x, y) => x - y);
    expect(logs[150]).toBeCloseTo(-2, 0);
  });

  test("quasi-random samples have a much lower discrepancy than random ones", () => {
    const unit = { a: { uniform: [0, 1] as [number, number] }, b: { uniform: [0, 1] as [number, number] } };
    const discrepancy = (points: Record<string, unknown>[]) => {
      let worst = 0;
      for (let i = 1; i <= 20; i += 1) {
        for (let j = 1; j <= 20; j += 1) {
          const inside = points.filter((p) => (p.a as number) < i / 20 && (p.b as number) < j / 20).length;
          worst = Math.max(worst, Math.abs(inside / points.length - (i * j) / 400));
        }
      }
      return worst;
    };
    const count = 512;
    const halton = discrepancy(quasiRandomSamples({ count, seed: 1, space: unit }));
    expect(halton).toBeLessThan(0.012);
    expect(discrepancy(randomSamples({ count, seed: 1, space: unit }))).toBeGreaterThan(2 * halton);
  });
});

describe("successive halving on a synthetic objective", () => {
  /** A learning curve that ends at -temperature's distance from 0.3, with every group's order known. */
  const elboOf = (temperature: number, epochs: number) => -Math.abs(temperature - 0.3) - 1 / epochs;

  test("the best continue with more epochs, and the rounds end", () => {
    const temperatures = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    const study = defined({
      grid: { "latent.temperature": temperatures },
      epochs: 2,
      halving: { keep: 0.5, rounds: 3 },
    });
    let groups = study.groups;
    const trained: { round: string | undefined; temperature: number; epochs: number }[] = [];
    while (groups.length > 0) {
      const results = groups.map((group) => ({
        group,
        runs: group.configurations.map((configuration) => {
          const { temperature } = configuration.latent as { temperature: number };
          trained.push({ round: group.labels.round, temperature, epochs: configuration.epochs });
          const epochs = Array.from({ length: configuration.epochs }, (_, k) => ({
            validation: { elbo: elboOf(temperature, k + 1) },
          }));
          return { configuration, record: { epochs } as never };
        }),
      }));
      groups = study.next?.(results) ?? [];
    }
    const ofRound = (round: string) => trained.filter((each) => each.round === round);
    expect(ofRound("1").map(({ temperature }) => temperature)).toEqual(temperatures);
    expect(new Set(ofRound("2").map(({ temperature }) => temperature))).toEqual(new Set([0.3, 0.2, 0.4, 0.1]));
    expect(new Set(ofRound("3").map(({ temperature }) => temperature)).has(0.3)).toBe(true);
    expect([ofRound("2")[0]?.epochs, ofRound("3")[0]?.epochs]).toEqual([4, 8]);
    expect(ofRound("4")).toEqual([]);
  });
});
