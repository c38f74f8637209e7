// Common parts of all entry scripts: the path of the workspace, starting programs without a shell (for Windows), and an
// installation that matches the lockfile.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const marker = join(root, "node_modules", ".igr-installed.json");
const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  npm_config_update_notifier: "false",
  // turbo starts the package manager by name, so the pinned one must come first.
  [pathKey]: [join(root, "node_modules", ".bin"), process.env[pathKey]].join(delimiter),
};

// Ctrl-C also reaches the running program. This process waits until it ends, so that the shell's prompt does not appear
// before its last output.
process.on("SIGINT", () => {});

/** Runs a Node program of the workspace to its end and returns its exit code. */
export function runNode(script, args = [], options = {}) {
  const { status, signal } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: "inherit",
    ...options,
    env: { ...environment, ...options.env },
  });
  return signal ? 1 : (status ?? 1);
}

/** Like `runNode`, but ends this process if the program fails. */
export function mustRunNode(script, args, options) {
  const code = runNode(script, args, options);
  if (code !== 0) process.exit(code);
}

function requireSupportedNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!supported) {
    console.error(`Node ${process.versions.node} is too old or an odd release: 20.19+, 22.12+ or 24+ is needed.`);
    process.exit(1);
  }
}

/** The npm program that started this script; otherwise the one that is installed with this Node. */
function npmProgram() {
  const { npm_execpath: started } = process.env;
  const candidates = [
    started?.includes("npm-cli") ? started : undefined,
    join(process.execPath, "..", "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(process.execPath, "..", "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) {
    console.error("There is no npm with this Node. Use `npm start` or `npm test`.");
    process.exit(1);
  }
  return found;
}

/**
 * Installs the dependencies that `scope` needs, unless this was already done for the current lockfile.
 * @param {"all" | "experiments"} scope `experiments` omits the test and release tools.
 */
export function ensureInstalled(scope) {
  requireSupportedNode();
  // The smaller installation would delete the test tools of a larger one, which `pnpm install` may have made.
  if (existsSync(join(root, "node_modules", "vitest"))) scope = "all";
  const lockfile = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(marker)) {
    const installed = JSON.parse(readFileSync(marker, "utf8"));
    if (installed.lockfile === lockfile && (installed.scope === "all" || installed.scope === scope)) return;
  }
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const install = ["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=warn"];
  if (scope === "experiments") {
    // Without devDependencies, including those of the root, which pnpm installs with every filter.
    // scripts/start/package.json has the other dependencies of a build, which every package finds through the root's
    // node_modules.
    install.push(
      "--prod",
      "--filter",
      "@igr/experiments...",
      "--filter",
      "@igr/start",
      "--config.public-hoist-pattern=*",
    );
  }
  console.log(`Installing dependencies with ${packageManager} (${scope}) ...`);
  const { status } = spawnSync(process.execPath, [npmProgram(), "exec", "--yes", "--", packageManager, ...install], {
    cwd: root,
    stdio: "inherit",
    // onnxruntime-node's installer would download CUDA if it finds a CUDA compiler; the CPU files are in the package.
    env: { ...environment, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(marker, JSON.stringify({ lockfile, scope }));
}
