import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "igr-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an example as its README does, shortened by its own options, and returns what it prints. */
function run(example: string, ...args: string[]): string {
  const program = fileURLToPath(new URL(`../${example}`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stdout;
}

const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);

test("own encoder: the held-out ELBO rises, and the same command resumes from the checkpoint", {
  timeout: 120_000,
}, () => {
  const out = join(folder, "shapes");
  const first = run("own-encoder/train.mjs", "--out", out, "--epochs", "25");
  const before = number(first, /before training: ELBO (-[\d.]+)/);
  expect(number(first, /after training: ELBO (-[\d.]+)/)).toBeGreaterThan(before + 150);
  expect(first).toMatch(/the best model, loaded: ELBO -\d+\.\d\d/);
  const second = run("own-encoder/train.mjs", "--out", out, "--epochs", "26");
  expect(second.match(/^epoch \d+/gm)).toEqual(["epoch 26"]);
});

test("bottleneck classifier: four hard symbols distinguish digits", { timeout: 120_000 }, () => {
  const output = run("bottleneck-classifier/train.mjs", "--epochs", "1", "--images", "6400");
  expect(number(output, /% by probabilities, ([\d.]+) % by hard symbols/)).toBeGreaterThan(60);
  expect(output).toMatch(/^9: most often "[a-h]{4}"/m);
});

test("own relaxation: its KL is right, it trains, and it is loaded from a checkpoint", { timeout: 120_000 }, () => {
  const output = run("own-relaxation/train.mjs", "--epochs", "1", "--images", "6400");
  expect(number(output, /differ by at most ([\d.]+) standard errors/)).toBeLessThan(4);
  expect(output).toContain("saved and loaded: the same model");
  for (const name of ["Laplace softmax", "IGR", "Gumbel-Softmax"]) {
    expect(number(output, new RegExp(`^${name}: test ELBO (-[\\d.]+)`, "m"))).toBeGreaterThan(-260);
  }
});
