// Publishes every package whose version is not in the registry yet, and tags it; the release workflow runs it.
// `pnpm release --dry-run` publishes nothing: it packs each package and prints the tarball, its size and the version
// according to the pending changesets. `--pack-destination FOLDER` keeps the tarballs there.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import getReleasePlanModule from "@changesets/get-release-plan";
import { mustRunNode, root } from "./workspace.mjs";

// A CommonJS package whose default export lies one level deeper, depending on who loads it.
const getReleasePlan = getReleasePlanModule.default ?? getReleasePlanModule;

/** @returns the folders, relative to the workspace, of the packages that a release publishes. */
export function publishedFolders() {
  return ["packages", "apps"]
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => manifest(folder).private !== true);
}

/** @returns name, current and next version of each package that a release publishes. */
export async function releases() {
  const { releases: planned } = await getReleasePlan(root);
  return publishedFolders().map((folder) => {
    const { name, version } = manifest(folder);
    return { folder, name, version, next: planned.find((release) => release.name === name)?.newVersion ?? version };
  });
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

function pack(folder, destination) {
  const pnpm = join(root, "node_modules/pnpm/bin/pnpm.cjs");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [pnpm, "pack", "--json", "--pack-destination", destination],
    { cwd: join(root, folder), encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${folder} was not packed:\n${stdout}\n${stderr}`);
  const { filename, files } = JSON.parse(stdout);
  return { bytes: statSync(filename).size, files: files.length };
}

async function dryRun(kept) {
  const destination = kept ?? mkdtempSync(join(tmpdir(), "igr-release-"));
  try {
    const rows = [["package", "now", "release", "tarball", "files", "kB"]];
    for (const { folder, name, version, next } of await releases()) {
      const { bytes, files } = pack(folder, destination);
      const tarball = `${name.replace("@", "").replace("/", "-")}-${next}.tgz`;
      rows.push([name, version, next, tarball, String(files), (bytes / 1000).toFixed(1)]);
    }
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const isNumber = (column) => column > 3;
    for (const row of rows) {
      console.log(
        row
          .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
          .join("  "),
      );
    }
    console.log("Dry run: nothing was published.");
  } finally {
    if (kept === undefined) rmSync(destination, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [option, ...others] = process.argv.slice(2);
  const [keep, folder] = others;
  const isKept = option === "--dry-run" && keep === "--pack-destination" && folder !== undefined && others.length === 2;
  if ((others.length > 0 && !isKept) || (option !== undefined && option !== "--dry-run")) {
    const given = [option, ...others].join(" ");
    console.error(`release: unknown option ${given}; allowed are --dry-run and --dry-run --pack-destination FOLDER`);
    process.exit(2);
  }
  const filters = publishedFolders().map((folder) => `--filter=./${folder}`);
  mustRunNode("node_modules/turbo/bin/turbo", ["run", "build", "--output-logs=errors-only", ...filters]);
  if (option === "--dry-run") await dryRun(folder);
  else mustRunNode("node_modules/@changesets/cli/bin.js", ["publish"]);
}
