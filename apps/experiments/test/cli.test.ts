import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Ended,
  folder,
  igr,
  igrEach,
  program,
  type Shown,
  shown,
  tiny,
  trained,
  trainLine,
  withoutTimes,
  withRuns,
} from "./cli-program.js";

let ofOneEpoch: Shown | undefined;

/** A run of one epoch, in a folder of its own. */
function runIn(name: string): Shown {
  ofOneEpoch ??= trained(...tiny, ...withRuns("one-epoch"), "--epochs", "1");
  cpSync(join(folder, "one-epoch"), join(folder, name), { recursive: true });
  return ofOneEpoch;
}

beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL("../dist/cli.js", import.meta.url)))) {
    throw new Error("apps/experiments is not built: run `npm test`, which builds first");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a run is trained once, measured on the test set once, and extended from its end", {
  timeout: 300_000,
}, () => {
  const runs = withRuns("once");
  const first = runIn("once");
  expect(first.measures.values.elbo).toMatchObject({ images: 64 });
  expect(first.measures.values["hard-elbo"]).toMatchObject({ images: 64 });
  const before = readFileSync(join(folder, "once", first.id, "measures.json"), "utf8");
  const again = trained(...tiny, ...runs, "--epochs", "1");
  expect(again).toEqual(first);
  expect(readFileSync(join(folder, "once", first.id, "measures.json"), "utf8")).toBe(before);

  const [longer, whole] = igrEach(
    trainLine(...tiny, ...runs, "--epochs", "2"),
    trainLine(...tiny, ...withRuns("whole"), "--epochs", "2"),
  ).map(shown) as [Shown, Shown];
  expect(longer.id).toBe(first.id);
  expect(longer.epochs[0]).toEqual(first.epochs[0]);
  expect(withoutTimes(longer)).toEqual(withoutTimes(whole));
  expect(longer.measures).toEqual(whole.measures);
  const kept = JSON.parse(readFileSync(join(folder, "once", first.id, "measures.json"), "utf8"));
  expect(kept.map(({ epochs }: { epochs: number }) => epochs)).toEqual([1, 2]);
  expect(readdirSync(join(folder, "once"))).toEqual([first.id]);
});

test("a trained run is evaluated, sampled, exported and reported, and does not change", { timeout: 300_000 }, () => {
  const runs = withRuns("used-again");
  const { id } = runIn("used-again");
  const kept = readFileSync(join(folder, "used-again", id, "measures.json"), "utf8");
  const name = id.slice(0, 6);
  const [picture, out, page] = [join(folder, "hard.png"), join(folder, "exported"), join(folder, "page.html")];
  const [evaluated, sampled, exported, reported] = igrEach(
    ["evaluate", name, ...runs, "--iwae-images", "8", "--iwae-samples", "13", "--json"],
    ["sample", name, ...runs, "--count", "4", "--hard", "--out", picture],
    ["export", name, ...runs, "--format", "safetensors", "--out", out],
    ["report", name, ...runs, "--out", page],
  ) as [Ended, Ended, Ended, Ended];
  expect(JSON.parse(evaluated.stdout)).toMatchObject({
    id,
    checkpoint: "best",
    values: { elbo: { images: 64 }, iwae: { images: 8, samples: 13 } },
  });
  expect(readFileSync(join(folder, "used-again", id, "measures.json"), "utf8")).toBe(kept);
  expect(sampled).toMatchObject({ code: 0 });
  expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
  expect(exported).toMatchObject({ code: 0 });
  expect(readdirSync(out)).toEqual(["model.safetensors"]);
  expect(reported).toMatchObject({ code: 0 });
  const html = readFileSync(page, "utf8");
  expect(html).toContain("<title>GS(0.67) on mnist</title>");
  expect(html).not.toMatch(/ (src|href)="(?!data:)/);

  const [second, list] = igrEach(trainLine(...tiny, ...runs, "--epochs", "1", "--seed", "2"), [
    "runs",
    "list",
    ...runs,
    "--json",
  ]) as [Ended, Ended];
  const ids = (JSON.parse(list.stdout).rows as { id: string }[]).map((row) => row.id);
  expect([...ids].sort()).toEqual([id, shown(second).id].sort());
  const [compared, removed] = igrEach(
    ["runs", "compare", ids[0] ?? "", ids[1] ?? "", ...runs, "--json"],
    ["runs", "rm", id, ...runs],
  ) as [Ended, Ended];
  const rows = JSON.parse(compared.stdout).rows as { what: string; difference: number }[];
  expect(rows[0]).toMatchObject({ what: "seed" });
  expect(rows.find(({ what }) => what === "test ELBO")?.difference).not.toBe(0);
  expect(removed.stdout).toBe(`${id} is deleted.\n`);
  expect(readdirSync(join(folder, "used-again"))).not.toContain(id);
});

test("a closed pipe stops a run with a checkpoint", { timeout: 300_000 }, async () => {
  const child = spawn(
    process.execPath,
    [program, "train", ...tiny, "--engine", "wasm", "--epochs", "1000", ...withRuns("piped")],
    {
      cwd: folder,
    },
  );
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "exit");
  expect(code).toBe(130);
  const [id = ""] = readdirSync(join(folder, "piped"));
  expect(readdirSync(join(folder, "piped", id, "checkpoint")).length).toBeGreaterThan(0);
});

test("igr table shows the paper's values, ours, and the reductions", { timeout: 300_000 }, () => {
  const cut = ["--epochs", "1", "--seeds", "1", "--rows", "IGR(0.50)", "--set", "data.trainImages=320"];
  const line = ["table", "3", ...cut, "--set", "data.testImages=64", ...withRuns("t")];
  const out = join(folder, "table");
  const [{ code, stdout, stderr }, kept] = igrEach([...line, "--out", out], [...line, "--only-kept", "--json"]) as [
    Ended,
    Ended,
  ];
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("Reduced: 1 of 100 epochs, 1 of 3 seeds, 1 of 4 rows");
  expect(stdout).toMatch(/IGR\(0\.50\) +mnist +ours +62\.8 +\d+\.\d/);
  expect(readdirSync(out).sort()).toEqual(
    expect.arrayContaining([
      "report.html",
      "table-3-elbo-mnist.png",
      "table-3-elbo-mnist.svg",
      "table-3.csv",
      "table-3.md",
    ]),
  );
  const [table] = JSON.parse(kept.stdout).tables;
  expect(table.rows[0]).toMatchObject({ model: "IGR(0.50)", paper: 62.84, epochs: 1, seeds: 1 });
  expect(table.rows[0].difference).toBeCloseTo(table.rows[0].nll - 62.84, 10);
});

test("rows with missing data say how to get it, and stay empty", () => {
  const { code, stdout } = igr("table", "1", "--datasets", "celeba", "--epochs", "1", ...withRuns("none"));
  expect(code).toBe(0);
  expect(stdout).toContain("give it with --data-dir");
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test.skipIf(process.platform === "win32")(
  "Ctrl-C ends igr train with a checkpoint, and igr resume gives the numbers of an uninterrupted run",
  { timeout: 300_000 },
  async () => {
    const options = [...tiny, "--engine", "wasm", "--epochs", "1000", ...withRuns("stopped")];
    const child = spawn(process.execPath, [program, "train", ...options], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [code] = await once(child, "close");
    expect({ code, stderr }).toMatchObject({ code: 130 });
    const [, id = ""] = /Continue with: .*igr\.mjs resume ([0-9a-f]{16})/.exec(stderr) ?? [];
    const done = readFileSync(join(folder, "stopped", id, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n").length;
    const epochs = ["--epochs", `${done + 1}`];
    const resumed = igr("resume", id, ...epochs, ...withRuns("stopped"), "--engine", "wasm", "--json", "--quiet");
    expect(resumed).toMatchObject({ code: 0 });
    const whole = trained(...tiny, "--engine", "wasm", ...epochs, ...withRuns("unstopped"));
    expect(withoutTimes(JSON.parse(resumed.stdout))).toEqual(withoutTimes(whole));
  },
);

test.skipIf(process.platform === "win32")(
  "a run whose process is killed continues in another process, with the same numbers",
  { timeout: 300_000 },
  async () => {
    const options = [...tiny, "--engine", "wasm", "--epochs", "6"];
    const child = spawn(process.execPath, [program, "train", ...options, ...withRuns("killed")], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.once("data", () => {
      const [pid] = spawnSync("ps", ["-o", "pid=", "--ppid", `${child.pid}`], { encoding: "utf8" })
        .stdout.trim()
        .split("\n");
      process.kill(Number(pid), "SIGKILL");
    });
    const [code] = await once(child, "close");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("its process was ended by SIGKILL; it continues in another");
    const [id = ""] = readdirSync(join(folder, "killed"));
    const lines = readFileSync(join(folder, "killed", id, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n");
    const whole = trained(...options, ...withRuns("unkilled"));
    expect(withoutTimes({ epochs: lines.map((line) => JSON.parse(line)) } as unknown as Shown)).toEqual(
      withoutTimes(whole),
    );
  },
);

test("a run in use is rejected, and nothing of it is overwritten", { timeout: 300_000 }, async () => {
  const options = [...tiny, "--engine", "wasm", ...withRuns("used")];
  const child = spawn(process.execPath, [program, "train", ...options, "--epochs", "1000"], { cwd: folder });
  await once(child.stdout, "data");
  const [id = ""] = readdirSync(join(folder, "used"));
  const file = join(folder, "used", id, "config.json");
  const before = readFileSync(file, "utf8");
  const second = igr("train", ...options, "--epochs", "2");
  child.kill("SIGINT");
  await once(child, "close");
  expect(second).toMatchObject({ code: 2, stdout: "" });
  expect(second.stderr).toMatch(/is in use by process \d+/);
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("a configuration of a newer version, or a damaged one, is rejected", { timeout: 300_000 }, () => {
  const { id } = runIn("versions");
  const file = join(folder, "versions", id, "config.json");
  const configuration = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...configuration, version: 2 }));
  expect(igr("resume", id, ...withRuns("versions"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("a newer igr wrote"),
  });
  writeFileSync(file, "{");
  expect(igr("resume", id, ...withRuns("versions"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is not JSON"),
  });
});
