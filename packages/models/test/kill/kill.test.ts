import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng } from "@igr/core";
import { afterAll, beforeAll, expect, test } from "vitest";

/** More kills than the 20 of each test run: IGR_KILLS=500 npx vitest run --project models test/kill */
const KILLS = Number(process.env.IGR_KILLS ?? 20);

const program = fileURLToPath(new URL("train.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL("../../dist/index.js", import.meta.url)))) {
    throw new Error("packages/models is not built: run `npm test`, which builds first");
  }
});

interface Life {
  /** Milliseconds from the beginning of training to kill -9; never by default. */
  readonly killAfter?: number;
  /** The file operation in which the run kills itself. */
  readonly killAt?: number;
}

/** Runs the program until it ends or dies; returns the hash that it prints at its end. */
async function live(dir: string, { killAfter, killAt }: Life): Promise<string | undefined> {
  const env = { ...process.env, ...(killAt === undefined ? {} : { KILL_AT: `${killAt}` }) };
  const child = spawn(process.execPath, [program, dir], { env });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdout.on("data", (text) => {
    const isReady = stdout === "";
    stdout += text;
    if (isReady && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
  });
  const [code, signal] = await once(child, "close");
  if (signal === "SIGKILL") return undefined;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return /hash (\w+)/.exec(stdout)![1];
}

test.skipIf(process.platform === "win32")(
  `a run killed ${KILLS} times, half of them during a save, ends as an uninterrupted run, bit for bit`,
  { timeout: 30_000 + 5_000 * KILLS },
  async () => {
    const started = performance.now();
    const whole = await live(join(folder, "whole"), {});
    const milliseconds = performance.now() - started;
    const words = new Uint32Array(2 * KILLS);
    createRng(7).bits(words);
    let runs = 1;
    const dir = () => join(folder, `run ${runs}`);
    const counts = { anywhere: 0, saving: 0 };
    for (let kill = 0; counts.anywhere + counts.saving < KILLS; kill++) {
      const share = words[kill % words.length]! / 2 ** 32;
      // A save takes about 20 file operations, and a process completes two or three saves.
      const isSaving = kill % 2 === 1;
      const life = isSaving ? { killAt: 1 + Math.floor(40 * share) } : { killAfter: 0.2 * milliseconds * share };
      const hash = await live(dir(), life);
      if (hash === undefined) {
        counts[isSaving ? "saving" : "anywhere"] += 1;
      } else {
        expect(hash).toBe(whole);
        runs += 1;
      }
    }
    expect(await live(dir(), {})).toBe(whole);
    expect(readdirSync(dir()).filter((name) => name.startsWith(".tmp"))).toEqual([]);
    console.log(`killed ${counts.anywhere} times anywhere, ${counts.saving} times in a save, over ${runs} runs`);
  },
);
