// Installs the peers that `npm run bench:step -- --peers` compares with: a Python virtual environment in
// bench/peers/.venv and the npm packages of bench/peers/package.json in bench/peers/node_modules.
// Both folders are ignored by git; the versions are pinned in requirements.txt and package.json.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

function run(command, args, options = {}) {
  console.log(`> ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: "inherit", ...options });
  if (status !== 0) {
    console.error(`setup: ${command} failed${error ? `: ${error.message}` : ""}`);
    process.exit(1);
  }
}

const isWindows = process.platform === "win32";
const python = process.env.PYTHON ?? (isWindows ? "python" : "python3");
const venvPython = isWindows ? ".venv/Scripts/python.exe" : ".venv/bin/python";
if (!existsSync(`${folder}${venvPython}`)) run(python, ["-m", "venv", ".venv"]);
run(`${folder}${venvPython}`, ["-m", "pip", "install", "--quiet", "-r", "requirements.txt"]);
// npm is a batch file on Windows, which Node starts only through a shell; these words need no quoting.
run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { shell: isWindows });
