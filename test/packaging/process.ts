import { execFileSync } from "node:child_process";

/**
 * Runs a program to its end and returns what it printed; a failure shows both of its streams.
 * The settings that pnpm and npm leave in the environment of their scripts are kept from it, as npm would read them as its own.
 */
export function run(program: string, args: readonly string[], cwd: string): string {
  const environment = Object.entries(process.env).filter(
    ([key]) => !/^(npm_(config|package|lifecycle)|NODE_ENV)/i.test(key),
  );
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 2 ** 20,
      shell: program.endsWith(".cmd"),
      env: { ...Object.fromEntries(environment), ONNXRUNTIME_NODE_INSTALL: "skip" },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(
      `${program} ${args.join(" ")} failed in ${cwd}: ${String(error)}\n${stdout ?? ""}\n${stderr ?? ""}`,
    );
  }
}

export const runNode = (script: string, args: readonly string[], cwd: string): string =>
  run(process.execPath, [script, ...args], cwd);

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
export const runNpm = (args: readonly string[], cwd: string): string => run(npm, args, cwd);
