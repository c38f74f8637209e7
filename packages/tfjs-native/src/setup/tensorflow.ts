import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { finish, folderSize, partialOf } from "../cache/cache.js";
import { NativeError } from "../native-error.js";
import type { Progress } from "../progress.js";
import { lastLines, runProgram } from "../run-program.js";
import { defaultTensorFlow, distributionOf, type Flavour, isTried, triedTensorFlow } from "../tensorflow-versions.js";
import { pinnedWheels } from "./pinned-wheels.js";

/** Libraries and headers of one TensorFlow. */
export interface TensorFlow {
  readonly version: string;
  /** Holds `libtensorflow_cc.so.2`, `libtensorflow_framework.so.2` and `include/`. */
  readonly folder: string;
  /** The libraries to link, absolute. */
  readonly libraries: readonly string[];
  /** CUDA's libraries beside it, absolute; empty if CUDA comes from the system or is not used. */
  readonly cuda: readonly string[];
}

/**
 * The libraries are the same in the wheels of every Python version; 2.16 to 2.21 all have one for this. So the Python that runs
 * pip may be older or newer than TensorFlow supports.
 */
const wheelOfPython = "3.12";

const versionPattern = /^\d+\.\d+(\.\d+)?((a|b|rc)\d+)?$/;

/** @throws NativeError `tensorflow-unknown` for a text that is not a version. */
export function checkVersion(version: string): string {
  if (versionPattern.test(version)) return version;
  throw new NativeError(
    "tensorflow-unknown",
    `setup: --tensorflow must be a version such as ${defaultTensorFlow} or 2.20, got "${version}"`,
  );
}

/** The requirement for pip. */
function requirement(flavour: Flavour, version: string): string {
  // 2.20 means the newest of its patches.
  return `${distributionOf(flavour)}==${/^\d+\.\d+$/.test(version) ? `${version}.*` : version}`;
}

export interface InstallOptions {
  /** Python program of the virtual environment. */
  readonly python: string;
  readonly flavour: Flavour;
  readonly version: string;
  /** The folder for the unpacked wheels of a version; it is made as a partial folder first. */
  readonly folderOf: (version: string) => string;
  /** Whether CUDA comes from the system, so that the wheels of the extra `and-cuda` are omitted. */
  readonly isCudaOfSystem: boolean;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks TensorFlow's wheel, and for a GPU the CUDA wheels that its extra `and-cuda` names, without the Python packages
 * that only `import tensorflow` needs. Wheels of the versions that this package was tried with must have the SHA-256 that they had then.
 * For other versions pip compares only the hash of the index, and a message says so.
 * @returns the version, complete with its patch number.
 * @throws NativeError `tensorflow-unknown`, `network`, `disk-full`, `wheel-changed` or `pip-failed`.
 */
export async function installTensorFlow(options: InstallOptions): Promise<string> {
  const { flavour, version, folderOf, isCudaOfSystem, progress } = options;
  const partial = partialOf(folderOf(version));
  const scratch = join(partial, "tmp");
  mkdirSync(scratch, { recursive: true });
  const pinned = pinnedWheels(distributionOf(flavour), version);
  const install = async (known: readonly string[] | undefined, others: () => readonly string[]) => {
    if (known === undefined) {
      progress.note(
        `No hash is known for ${others().join(", ")}: pip compares the wheel with the index's own hash alone ` +
          `(known versions: ${triedTensorFlow.join(", ")})`,
      );
    }
    await pip(known ?? others(), known !== undefined, partial, scratch, options);
  };
  try {
    await install(pinned && [pinned.wheel], () => [requirement(flavour, version)]);
    if (flavour === "gpu" && !isCudaOfSystem) await install(pinned?.cuda, () => cudaRequirements(partial));
  } catch (error) {
    // pip cannot continue half an installation, and it would fill the disk; the downloads stay in pip's own cache.
    if (error instanceof NativeError) rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  rmSync(scratch, { recursive: true, force: true });
  const installed = installedVersion(partial) ?? version;
  finish(partial, folderOf(installed));
  return installed;
}

async function pip(
  requirements: readonly string[],
  isPinned: boolean,
  target: string,
  scratch: string,
  { python, flavour, version, progress, signal }: InstallOptions,
): Promise<void> {
  const [asked] = (requirements[0] as string).split(" ") as [string];
  let name = requirements.length === 1 ? asked : `${requirements.length} CUDA packages`;
  let before = 0;
  let total = 0;
  const timer = setInterval(() => {
    const megabytes = (folderSize(scratch) - before) / 1e6;
    if (megabytes < 0.05) return;
    // pip unpacks beside the wheel, in the same scratch folder.
    progress.detail(
      megabytes < total ? `${name}: ${megabytes.toFixed(0)} of ${total.toFixed(0)} MB` : `${name}: unpacking`,
    );
  }, 500);
  const onLine = (line: string) => {
    const [, file, size, unit] =
      /(?:Downloading|Using cached) ([^\s/]+\.whl)\S* .*?\(([\d.]+) (kB|MB|GB)/.exec(line) ?? [];
    if (!file) return;
    before += total * 1e6;
    name = file.split("-").slice(0, 2).join(" ");
    total = Number(size) * (unit === "GB" ? 1e3 : unit === "kB" ? 1e-3 : 1);
    progress.detail(`${name}: ${size} ${unit}`);
  };
  const only = [
    "--no-deps",
    "--no-compile",
    // The version of the Python that runs pip: older releases of pip check it even for wheels of another platform.
    "--ignore-requires-python",
    "--only-binary=:all:",
    "--python-version",
    wheelOfPython,
    "--implementation",
    "cp",
  ];
  const words = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...only, "--target", target];
  // pip reads hashes from files only.
  const list = join(scratch, "requirements.txt");
  if (isPinned) writeFileSync(list, `${requirements.join("\n")}\n`);
  const wanted = isPinned ? ["--require-hashes", "--requirement", list] : requirements;
  try {
    // Unpacked in the cache, because the system's folder for temporary files may be small or on another disk.
    const env = { ...process.env, TMPDIR: scratch, PYTHONUNBUFFERED: "1" };
    const { code, stdout, stderr } = await runProgram(python, [...words, ...wanted], { env, signal, onLine });
    if (code !== 0) throw explainPip(`${stdout}\n${stderr}`, asked, flavour, version);
  } finally {
    clearInterval(timer);
  }
}

/** pip's message as a sentence that says what to do. */
export function explainPip(output: string, asked: string, flavour: Flavour, version: string): NativeError {
  if (/Errno 28|No space left/.test(output)) {
    return new NativeError(
      "disk-full",
      "setup: the disk filled up while TensorFlow was unpacked; make room, or name another place by IGR_TFJS_NATIVE_CACHE",
    );
  }
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    const [, expected, found] = /Expected sha256 (\w+)\s+Got\s+(\w+)/.exec(output) ?? [];
    return new NativeError(
      "wheel-changed",
      `setup: ${asked} is not the wheel that this package knows${expected ? ` (SHA-256 ${expected}, got ${found})` : ""}, and was not installed. ` +
        "A mirror or proxy may have changed it: empty pip's cache (`pip cache purge`), try another index by PIP_INDEX_URL, or pass " +
        "--python PATH of a Python whose TensorFlow you trust",
    );
  }
  const offered = /from versions: ([^)]*)\)/.exec(output)?.[1];
  if (
    /NewConnectionError|name resolution|Network is unreachable|Connection refused|ReadTimeout|ConnectTimeout|ProxyError|SSLError|Could not fetch URL/.test(
      output,
    )
  ) {
    const cause = /(NewConnectionError|ProxyError|SSLError|ConnectTimeout|ReadTimeout)/.exec(output)?.[1];
    return new NativeError(
      "network",
      `setup: PyPI can't be reached${cause ? ` (${cause})` : ""}. Behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL; ` +
        "without a network pass --python PATH of a Python that has TensorFlow installed",
    );
  }
  if (offered === "none") {
    // Without retries, this is pip's whole message if no server answers.
    return new NativeError(
      "network",
      `setup: pip found no ${asked.split("==")[0]} at all: PyPI can't be reached, or has none for ${process.platform} ${process.arch} (musl, as in ` +
        "Alpine, has none). Behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL",
    );
  }
  if (/No matching distribution|Could not find a version/.test(output)) {
    const versions = (offered ?? "").split(",").map((each) => each.trim());
    const newEnough = versions.filter((each) => /^2\.(1[6-9]|[2-9]\d)\.\d+(\.\d+)?$/.test(each));
    return new NativeError(
      "tensorflow-unknown",
      `setup: PyPI has no ${asked} for ${process.platform} ${process.arch}${newEnough.length > 0 ? `; it has ${newEnough.join(", ")}` : ""}. ` +
        `Pass --tensorflow with one of them${version === defaultTensorFlow ? "" : `, or leave it out for ${defaultTensorFlow}`}`,
    );
  }
  return new NativeError("pip-failed", `setup: pip could not install ${asked} (${flavour}): ${lastLines(output, 3)}`);
}

/** What the extra `and-cuda` of an unpacked TensorFlow adds: `nvidia-cudnn-cu12<10.0,>=9.3`. */
export function cudaRequirements(target: string): string[] {
  const info = readdirSync(target).find((name) => /^tensorflow-[^-]+\.dist-info$/.test(name));
  const metadata = info ? readFileSync(join(target, info, "METADATA"), "utf8") : "";
  const found = [...metadata.matchAll(/^Requires-Dist: ([^;\n]+); extra == ["']and-cuda["']/gm)].map(([, text]) =>
    (text as string).replaceAll(/[\s()]/g, ""),
  );
  if (found.length > 0) return found;
  throw new NativeError(
    "libraries-unknown",
    `setup: the tensorflow wheel in ${target} names no CUDA packages in an extra "and-cuda"; pass --system-cuda to use the CUDA of this ` +
      `machine, or --tensorflow ${defaultTensorFlow}`,
  );
}

/**
 * The libraries and headers in the folder `tensorflow` of a wheel.
 * @param repair What to do if a version whose files are known lacks some of them.
 * @throws NativeError `libraries-unknown` if the names have changed.
 */
export function locateLibraries(folder: string, version: string, repair?: string): TensorFlow {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const missing: string[] = [];
  const libraries = ["tensorflow_cc", "tensorflow_framework"].map((stem) => {
    const name = names.find((each) => each === `lib${stem}.so.2` || each === `lib${stem}.2.dylib`);
    if (!name) missing.push(`lib${stem}.so.2`);
    return join(folder, name ?? "");
  });
  for (const header of ["tensorflow/c/c_api.h", "tensorflow/c/eager/c_api.h"]) {
    if (!existsSync(join(folder, "include", header))) missing.push(`include/${header}`);
  }
  if (missing.length === 0) return { version, folder, libraries, cuda: cudaLibraries(dirname(folder)) };
  const present = names.filter((name) => /^lib.*\.(so|dylib)/.test(name));
  const advice =
    repair !== undefined && isTried(version)
      ? `PyPI's ${version} has them: ${repair}`
      : `this version of @igr/tfjs-native knows the names of 2.16 to 2.21: pass --tensorflow ${defaultTensorFlow}`;
  throw new NativeError(
    "libraries-unknown",
    `setup: TensorFlow ${version} in ${folder} has no ${missing.join(", no ")} (its libraries: ${present.join(", ") || "none"}); ${advice}`,
  );
}

/** The libraries of the CUDA wheels beside TensorFlow that it opens by name at run time. */
function cudaLibraries(target: string): string[] {
  const root = join(target, "nvidia");
  const wanted = /^lib(cudart|cublas|cublasLt|cufft|cusolver|cusparse|cudnn|cupti|nccl)\.so\.\d+$/;
  return (existsSync(root) ? readdirSync(root) : [])
    .map((name) => join(root, name, "lib"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => wanted.test(name))
        .map((name) => join(folder, name)),
    );
}

/** Version of the TensorFlow that was unpacked into `target`, as its metadata says. */
function installedVersion(target: string): string | undefined {
  const names = existsSync(target) ? readdirSync(target) : [];
  return names.map((name) => /^tensorflow(?:_cpu)?-([^-]+)\.dist-info$/.exec(name)?.[1]).find((version) => version);
}
