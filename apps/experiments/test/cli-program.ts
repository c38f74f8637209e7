import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export const program = fileURLToPath(new URL("../bin/igr.mjs", import.meta.url));

export const folder = mkdtempSync(join(tmpdir(), "igr-cli-"));

const fewSamples = ["--set", "measures.iwaeSamples=10"];

const small = ["--train-images", "320", "--test-images", "64", "--batch-size", "32", ...fewSamples];

// Gumbel-Softmax needs no fit of its prior.
export const tiny = [...small, "--variables", "4", "--latent", "gs"];

export const withRuns = (name: string) => ["--runs", join(folder, name)];

export function igr(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands one after the other in one process. */
export function igrEach(...lines: readonly (readonly string[])[]): Ended[] {
  const runner = fileURLToPath(new URL("run-commands.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, JSON.stringify(lines)], {
    cwd: folder,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
}

export interface Shown {
  readonly id: string;
  readonly epochs: readonly Record<string, unknown>[];
  readonly measures: { readonly epochs: number; readonly values: Record<string, { value: number; images?: number }> };
}

export function shown({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): Shown {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

export const trainLine = (...args: string[]) => ["train", ...args, "--json", "--quiet"];

export const trained = (...args: string[]): Shown => shown(igr(...trainLine(...args)));

export const withoutTimes = ({ epochs }: Shown) =>
  epochs.map((log) => ({ ...log, seconds: undefined, imagesPerSecond: undefined }));
