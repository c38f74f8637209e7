import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, folder, igr, igrEach, program } from "./cli-program.js";

beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL("../dist/cli.js", import.meta.url)))) {
    throw new Error("apps/experiments is not built: run `npm test`, which builds first");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(process.platform === "win32")("bash completes commands, options and their choices", () => {
  const { stdout } = igr("completion", "bash");
  const complete = (...words: string[]) => {
    const line = `COMP_WORDS=(igr ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _igr; echo "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", `${stdout}\n${line}`], { encoding: "utf8" }).stdout.trim();
  };
  expect(complete("resu")).toBe("resume");
  expect(complete("runs", "")).toBe("list show compare rm --help");
  expect(complete("train", "--preset", "auth")).toBe("authors");
  expect(complete("study", "table-")).toBe("table-1 table-2 table-3 table-4");
});

const rejected = [
  [["train", "--temperature", "0"], "latent.temperature must be > 0, got 0"],
  [["train", "--epochs", "1.5"], "epochs must be an integer, got 1.5"],
  [["train", "--latent", "concrete"], "Allowed choices are igr, gs"],
  [["train", "--latent", "gs", "--delta", "1"], "latent.delta is not used: latent of the kind gs has"],
  [["train", "--set", "latent.rho=0.9"], "latent.rho is not used"],
  [["train", "--set", "latent"], '--set must be path=value, such as latent.temperature=0.5, got "latent"'],
  [["train", "--dataset", "imagenet"], "Allowed choices are"],
  [["train", "--dataset", "celeba"], "data.dir is missing: folder with img_align_celeba.zip"],
  [["train", "--engine", "gpu"], "Allowed choices are"],
  [["train", "--config", "nowhere.yaml"], "nowhere.yaml can't be read"],
  [["train", "--model", "mixture", "--latent", "gs"], "latent.kind must be igr-sb for a mixture"],
  [["train", "--model", "structured-prediction", "--latent", "igr-sb"], "is not of bits"],
  [["train", "--track", "nobody:x"], "--track must be kind:where"],
  [["table", "5"], "there is no table 5 in the paper; it has tables 1 to 4"],
  [["table", "1", "--rows", "IGR(1)"], 'table-1 has no row "IGR(1)"; it has IGR(0.50), GS(0.67)'],
  [["bench", "scaling", "--images", "100", "--rounds", "2"], "unknown option '--rounds'"],
  [["resume", "abc"], "there is no run abc"],
  [["trian"], "unknown command 'trian'"],
] as const;
let rejections: readonly Ended[] | undefined;

// The first one runs the commands of all.
test.each(rejected)(
  "igr %j is rejected with a sentence and the exit code 2",
  { timeout: 300_000 },
  (args, sentence) => {
    rejections ??= igrEach(...rejected.map(([line]) => line));
    const { code, stdout, stderr } = rejections[rejected.findIndex(([line]) => line === args)]!;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
  },
);

test("--plan --json prints the runs of a study as JSON", () => {
  const { code, stdout } = igr("table", "3", "--plan", "--json", "--seeds", "1");
  expect(code).toBe(0);
  const { runs } = JSON.parse(stdout) as { runs: { id: string; epochs: number; labels: object }[] };
  expect(runs).toHaveLength(4);
  expect(runs[0]).toMatchObject({ epochs: 100, labels: { model: "IGR(0.50)" } });
});

test("igr --help names every command", () => {
  const { code, stdout } = igr("--help");
  expect(code).toBe(0);
  for (const command of [
    ..."train resume evaluate sample export study table figure worker runs report match-temperature bench doctor completion".split(
      " ",
    ),
  ]) {
    expect(stdout).toContain(command);
  }
});

test.each([
  { line: ["--help"], code: 0 },
  { line: ["table", "--help"], code: 0 },
  { line: ["worker", "--help"], code: 0 },
  { line: ["bench", "--help"], code: 0 },
  { line: ["train", "--latent", "nothing"], code: 2 },
  { line: ["evaluate", "nothing"], code: 2 },
])("igr $line loads no TensorFlow.js, no charts and no clients", ({ line, code }) => {
  const NODE_V8_COVERAGE = mkdtempSync(join(folder, "coverage-"));
  const ended = spawnSync(process.execPath, [program, ...line], {
    cwd: folder,
    env: { ...process.env, NODE_V8_COVERAGE },
  });
  expect(ended.status).toBe(code);
  const loaded = readdirSync(NODE_V8_COVERAGE).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(NODE_V8_COVERAGE, name), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  expect(loaded.some((url) => url.endsWith("/dist/cli.js"))).toBe(true);
  expect(loaded.filter((url) => /tfjs|packages\/(core|models)\/|plot|linkedom|bullmq|@aws-sdk/.test(url))).toEqual([]);
});
