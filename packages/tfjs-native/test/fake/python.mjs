#!/usr/bin/env node
// Stands for Python, venv and pip in tests. FAKE_PIP decides what pip does; FAKE_TENSORFLOW what is installed already.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const args = process.argv.slice(2);
const { FAKE_PIP: mode = "ok", FAKE_VENV: venv = "ok", FAKE_TENSORFLOW: installed, FAKE_LOG: log } = process.env;
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

if (args[0] === "-c") {
  const tensorflow = installed ? JSON.parse(installed) : null;
  console.log(
    JSON.stringify({ program: process.argv[1], version: "3.11.7", canMakeEnvironments: venv === "ok", tensorflow }),
  );
} else if (args[1] === "venv") {
  const bin = join(args[2], "bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(process.argv[1], join(bin, "python"));
} else if (args[2] === "--version") {
  console.log("pip 24.0");
} else {
  // A list of wheels with their hashes comes as a file.
  const list = args.indexOf("--requirement");
  const asked = list < 0 ? args.at(-1) : readFileSync(args[list + 1], "utf8").split(" ")[0];
  if (log) writeFileSync(log, `${args.includes("--require-hashes") ? "hashed " : ""}${asked}\n`, { flag: "a" });
  const target = args[args.indexOf("--target") + 1];
  const [name, version] = asked.split("==");
  if (mode === "network") {
    fail("ERROR: NewConnectionError: Failed to establish a new connection: Network is unreachable");
  }
  if (mode === "none") {
    fail(`ERROR: Could not find a version that satisfies the requirement ${asked} (from versions: none)`);
  }
  if (mode === "full") fail("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device");
  if (mode === "changed") {
    fail(
      "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.\n" +
        "        Expected sha256 aaaa\n             Got        bbbb",
    );
  }
  if (mode === "odd") fail("ERROR: something else went wrong");
  if (mode === "slow-with-child") {
    // As venv's pip: it tells of its end, and sits in no pipe of ours.
    const tell = (name) => `require("node:fs").writeFileSync(${JSON.stringify(join(target, name))}, "")`;
    const program = `process.on("SIGTERM", () => { ${tell("ended")}; process.exit(); }); setTimeout(() => {}, 60000); ${tell("ready")};`;
    spawn(process.execPath, ["-e", program], { stdio: "ignore" });
  }
  if (mode.startsWith("slow")) {
    // What an interrupted installation leaves.
    mkdirSync(join(target, "tensorflow"), { recursive: true });
    writeFileSync(join(target, "tensorflow", "half"), "");
    console.log("started");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  if (mode === "unknown") {
    fail(
      `ERROR: Could not find a version that satisfies the requirement ${asked} (from versions: 2.15.0, 2.16.1, 2.21.0, 2.22.0rc0)\n` +
        `ERROR: No matching distribution found for ${asked}`,
    );
  }
  if (asked.startsWith("nvidia")) {
    mkdirSync(join(target, "nvidia/cudnn/lib"), { recursive: true });
    for (const library of ["libcudnn.so.9", "libcudnn_ops.so.9"]) {
      writeFileSync(join(target, "nvidia/cudnn/lib", library), "");
    }
  } else {
    const full = version.replace(".*", ".9");
    const folder = join(target, "tensorflow");
    for (const each of ["include/tensorflow/c/eager"]) mkdirSync(join(folder, each), { recursive: true });
    for (const header of ["c_api.h", "eager/c_api.h"]) writeFileSync(join(folder, "include/tensorflow/c", header), "");
    const libraries =
      mode === "renamed" ? ["libtensorflow_all.so.3"] : ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
    for (const library of libraries) writeFileSync(join(folder, library), "");
    const info = join(target, `${name.replace("-", "_")}-${full}.dist-info`);
    mkdirSync(info);
    const cuda = mode === "no-cuda" ? "" : 'Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3); extra == "and-cuda"\n';
    writeFileSync(join(info, "METADATA"), `Name: ${name}\nRequires-Dist: numpy\n${cuda}`);
  }
}
