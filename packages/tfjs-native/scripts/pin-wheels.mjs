/**
 * Writes src/setup/wheel-hashes.ts: the SHA-256 of every wheel that setup may unpack, for each TensorFlow that was tried.
 *
 *   node packages/tfjs-native/scripts/pin-wheels.mjs
 *
 * pip resolves each requirement for each platform without installing it, and reports the index's hashes. The CUDA wheels are
 * those that the newest resolution of the extra `and-cuda` gives on that day: setup then takes these and no newer ones.
 * Needs `python3` with pip 23 or newer; reads some metadata and no wheels.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { triedTensorFlow } from "../dist/index.js";

const glibc = (arch) =>
  [17, 24, 26, 27, 28, 31, 34, 35].map((minor) => `manylinux_2_${minor}_${arch}`).concat(`manylinux2014_${arch}`);
const platforms = {
  "linux-x64": glibc("x86_64"),
  "linux-arm64": glibc("aarch64"),
  "darwin-arm64": ["macosx_11_0_arm64", "macosx_12_0_arm64", "macosx_13_0_arm64", "macosx_14_0_arm64"],
};

/** The wheels of some requirements: `[{ name, version, sha256, extras }]`; undefined where the platform has none. */
function resolve(requirements, tags) {
  const words = [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--dry-run",
    "--ignore-installed",
    "--no-deps",
  ];
  const only = ["--only-binary=:all:", "--python-version", "3.12", "--implementation", "cp", "--target", "unused"];
  const platform = tags.flatMap((tag) => ["--platform", tag]);
  try {
    const report = execFileSync(
      "python3",
      [...words, ...only, ...platform, "--quiet", "--report", "-", ...requirements],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        maxBuffer: 1e8,
        timeout: 300_000,
      },
    );
    return JSON.parse(report).install.map(({ metadata, download_info }) => ({
      name: metadata.name.toLowerCase().replaceAll("_", "-"),
      version: metadata.version,
      sha256: download_info.archive_info.hashes.sha256,
      requires: metadata.requires_dist ?? [],
    }));
  } catch {
    return undefined;
  }
}

/** After each resolution: an interrupted run keeps what it has. `npm run format` gives the file its looks. */
function write(pins) {
  writeFileSync(
    file,
    "// Written by scripts/pin-wheels.mjs; not to be edited.\n" +
      'import type { WheelHashes } from "./pinned-wheels.js";\n\n' +
      "/** SHA-256 of the wheels that setup may unpack, by platform, package of PyPI and version. */\n" +
      `export const wheelHashes: WheelHashes = ${JSON.stringify(pins, null, 2)};\n`,
  );
}

const pin = ({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}`;

const file = new URL("../src/setup/wheel-hashes.ts", import.meta.url);
const pins = {};
for (const [platform, tags] of Object.entries(platforms)) {
  for (const version of triedTensorFlow) {
    for (const distribution of ["tensorflow-cpu", "tensorflow"]) {
      const wheels = resolve([`${distribution}==${version}`], tags);
      if (wheels === undefined) continue;
      const entry = { wheel: pin(wheels[0]) };
      if (distribution === "tensorflow" && platform.startsWith("linux")) {
        const cuda = wheels[0].requires.flatMap(
          (text) => /^([^;]+);.*extra == ["']and-cuda["']/.exec(text)?.[1].replaceAll(/[\s()]/g, "") ?? [],
        );
        const resolved = cuda.length > 0 ? resolve(cuda, tags) : undefined;
        if (resolved) entry.cuda = resolved.map(pin);
      }
      pins[platform] ??= {};
      pins[platform][distribution] ??= {};
      pins[platform][distribution][version] = entry;
      write(pins);
      console.log(platform, distribution, version, entry.cuda ? `and ${entry.cuda.length} CUDA wheels` : "");
    }
  }
}
