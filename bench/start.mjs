/**
 * Seconds from a clone to the first epoch's line: `npm start` in a new clone of each commit, in turns, with a warm cache of packages. Saves
 * docs/results/start.json, from which `npm run docs:results start` makes docs/results/start.md.
 *
 *   node bench/start.mjs [--commits HEAD,HEAD~1] [--rounds 3] [--out FILE]
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { busyCores } from "./busy-cores.mjs";
import { writeReport } from "./report.mjs";
import { statistics } from "./statistics.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: args } = parseArgs({
  options: {
    commits: { type: "string", default: "HEAD" },
    rounds: { type: "string", default: "3" },
    out: { type: "string", default: join(root, "docs/results/start.json") },
  },
});

function git(...words) {
  return execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
}

/** Whether a run below this folder has written the line of an epoch. */
function hasEpoch(runs) {
  return (
    existsSync(runs) &&
    readdirSync(runs).some((run) => {
      const metrics = join(runs, run, "metrics.jsonl");
      return existsSync(metrics) && statSync(metrics).size > 0;
    })
  );
}

/** Seconds until the packages were installed, until the command ran, and until the first epoch had ended. */
async function measure(commit) {
  const folder = mkdtempSync(join(tmpdir(), "igr-start-"));
  try {
    git("clone", "--quiet", root, folder);
    execFileSync("git", ["checkout", "--quiet", commit], { cwd: folder });
    const start = performance.now();
    const child = spawn("npm", ["start"], { cwd: folder, stdio: "ignore", detached: true });
    const events = {
      installed: () => existsSync(join(folder, "node_modules/.igr-installed.json")),
      running: () => existsSync(join(folder, "runs")),
      firstEpoch: () => hasEpoch(join(folder, "runs")),
    };
    const seconds = {};
    try {
      while (seconds.firstEpoch === undefined) {
        if (child.exitCode !== null) throw new Error(`npm start of ${commit} ended with ${child.exitCode}`);
        for (const [name, happened] of Object.entries(events)) {
          if (seconds[name] === undefined && happened()) seconds[name] = (performance.now() - start) / 1000;
        }
        await wait(50);
      }
    } finally {
      process.kill(-child.pid, "SIGKILL");
    }
    return seconds;
  } finally {
    await wait(500);
    rmSync(folder, { recursive: true, force: true });
  }
}

const commits = args.commits.split(",").map((name) => git("rev-parse", "--short", name));
const seconds = new Map(commits.map((commit) => [commit, []]));
const busyBefore = await busyCores();
for (let round = 1; round <= Number(args.rounds); round += 1) {
  for (const commit of commits) {
    const measured = await measure(commit);
    seconds.get(commit).push(measured);
    console.error(`round ${round}, ${commit}: ${JSON.stringify(measured)}`);
  }
}
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeReport(args.out, {
  date: new Date().toISOString().slice(0, 10),
  machine: thisMachine(),
  packageManager,
  busyBefore,
  busyAfter: await busyCores(),
  rows: commits.map((commit) => ({
    commit,
    ...Object.fromEntries(
      ["installed", "running", "firstEpoch"].map((event) => [
        event,
        statistics(seconds.get(commit).map((measured) => measured[event])),
      ]),
    ),
  })),
});
console.error(`Wrote ${args.out}; \`npm run docs:results start\` makes docs/results/start.md.`);
