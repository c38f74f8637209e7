import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../bin/igr.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-cli-"));
const run = join(folder, "run");

function igr(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

function readMetrics(directory: string): Record<string, unknown>[] {
  const lines = readFileSync(join(directory, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL("../dist/cli.js", import.meta.url)))) {
    throw new Error("apps/experiments is not built: run `npm test`, which builds first");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("igr train leaves a complete run directory and says where the report is", { timeout: 300_000 }, () => {
  const { code, stdout, stderr } = igr("train", "--epochs", "1", "--train-images", "640", "--seed", "3", "--out", run);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/epoch 1\/1 {2}ELBO train -\d+\.\d\d {2}test -\d+\.\d\d ± \d+\.\d\d {2}KL \d+\.\d\d/);
  expect(stdout).toContain("Report: file://");

  const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
  expect(config.configuration).toMatchObject({ relaxation: "igr", temperature: 0.5, seed: 3, trainImages: 640 });
  expect(config.latent.prior.loc).toHaveLength(9);
  const [epoch, ...more] = readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(more).toEqual([]);
  expect(epoch).toMatchObject({ epoch: 1, steps: 10, validation: { images: 10_000 } });
  expect(epoch.validation.elbo).toBeCloseTo(epoch.validation.reconstruction - epoch.validation.kl, 1);
  expect(existsSync(join(run, "checkpoint"))).toBe(true);
  expect(readFileSync(join(run, "samples.png")).subarray(1, 4).toString()).toBe("PNG");
  expect(readFileSync(join(run, "report.html"), "utf8")).toContain("IGR(0.50) on mnist");

  const again = igr("train", "--epochs", "1", "--out", run);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("holds a run already; pass --resume");

  const page = join(folder, "both.html");
  const report = igr("report", run, run, "--out", page);
  expect(report).toMatchObject({ code: 0 });
  expect(report.stdout).toContain(`Report: ${pathToFileURL(page).href}`);
  expect(readFileSync(page, "utf8")).toContain("IGR(0.50) run");
});

test.each([
  ["joint-vae", "igr-sb", ["samples.png", "traversal.png"], "accuracy of the discrete latent, best matching"],
  ["structured-prediction", "gs", ["samples.png"], "negative log-likelihood, m = 100, hard bits"],
  ["mixture", "igr-sb", ["components.png", "samples.png"], "categories kept per draw"],
] as const)(
  "igr train --model %s measures and pictures what it trained",
  { timeout: 300_000 },
  (model, latent, files, name) => {
    const out = join(folder, model);
    const small = ["--epochs", "1", "--train-images", "128", "--test-images", "32", "--architecture", "dense"];
    const { code, stdout, stderr } = igr("train", "--model", model, "--latent", latent, ...small, "--out", out);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("epoch 1/1  ELBO train ");
    const { configuration, pictures } = JSON.parse(readFileSync(join(out, "config.json"), "utf8"));
    expect(configuration).toMatchObject({ model, relaxation: latent, testImages: 32 });
    expect(pictures.map(({ file }: { file: string }) => file).sort()).toEqual(files);
    for (const file of files) expect(readFileSync(join(out, file)).subarray(1, 4).toString()).toBe("PNG");
    const measures = JSON.parse(readFileSync(join(out, "measures.json"), "utf8"));
    expect(measures.map((measure: { name: string }) => measure.name)).toContain(name);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain(name);
  },
);

test.skipIf(process.platform === "win32")(
  "Ctrl-C ends igr train with a checkpoint and a sentence that says how to go on, and --resume goes on",
  { timeout: 300_000 },
  async () => {
    const out = join(folder, "stopped");
    const options = [
      "--train-images",
      "320",
      "--test-images",
      "64",
      "--batch-size",
      "32",
      "--variables",
      "4",
      "--engine",
      "wasm",
    ];
    const child = spawn(process.execPath, [program, "train", ...options, "--epochs", "1000", "--out", out], {
      cwd: folder,
    });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [code] = await once(child, "close");
    expect({ code, stderr }).toMatchObject({ code: 130 });
    expect(stderr).toContain(
      `Stopped. What was trained so far is in ${join(out, "checkpoint")}\nGo on with: node ${relative(folder, program)} train --resume ${out}\n`,
    );
    const report = igr("report", out);
    expect(report.code).toBe(1);
    expect(report.stderr).toContain(`${out} is no finished run directory: its training did not end`);

    const refused = igr("train", "--resume", out, "--seed", "2");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`--resume goes on with the options of ${out}; leave out --seed`);

    // As many more epochs as the stopped run had not reached, and the same numbers as a run that was never stopped.
    const done = readMetrics(out).length;
    const resumed = igr("train", "--resume", out, "--epochs", `${done + 1}`);
    expect(resumed).toMatchObject({ code: 0 });
    const whole = join(folder, "whole");
    expect(igr("train", ...options, "--epochs", `${done + 1}`, "--out", whole)).toMatchObject({ code: 0 });
    const withoutTimes = (epochs: Record<string, unknown>[]) =>
      epochs.map((log) => ({ ...log, seconds: undefined, imagesPerSecond: undefined }));
    expect(withoutTimes(readMetrics(out))).toEqual(withoutTimes(readMetrics(whole)));
    expect(igr("report", out, "--out", join(folder, "resumed.html"))).toMatchObject({ code: 0 });
  },
);

test.each([
  [["train", "--temperature", "0"], '--temperature must be a number > 0, got "0"'],
  [["train", "--epochs", "1.5"], '--epochs must be an integer >= 1, got "1.5"'],
  [["train", "--relaxation", "concrete"], "Allowed choices are igr, gs"],
  [["train", "--engine", "gpu"], "Allowed choices are"],
  [["compare", "--seed", "x"], '--seed must be an integer >= 0, got "x"'],
  [["report", "nowhere"], "nowhere is no finished run directory: config.json can't be read"],
  [["train", "--model", "mixture", "--latent", "gs"], "--model mixture has the latent igr-sb alone"],
  [["train", "--model", "structured-prediction", "--latent", "igr-sb"], "has layers of bits: --latent igr or gs"],
  [["trian"], "unknown command 'trian'"],
])("igr %j is refused with a sentence", (args, sentence) => {
  const { code, stderr } = igr(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("at ");
});

test("igr --help names every command", () => {
  const { code, stdout } = igr("--help");
  expect(code).toBe(0);
  for (const command of ["train", "compare", "report"]) expect(stdout).toContain(command);
});

test.each([
  [["--dataset", "celeba"], "--dataset celeba needs --data-dir"],
  [
    ["--dataset", "celeba", "--data-dir", ".", "--architecture", "dense"],
    "--dataset celeba has convolutional networks",
  ],
  [["--data-dir", "."], "--data-dir is for celeba"],
])("igr train %j says what faces need", (options, message) => {
  const { code, stderr } = igr("train", ...options);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});
