import { spawn } from "node:child_process";
import type { Command } from "commander";
import { configurationJsonSchema } from "../configuration/json-schema.js";
import { thisMachine } from "../machine.js";
import { type EngineName, engineNames } from "../run/engine-names.js";
import { studyJsonSchema } from "../study/definition.js";
import { formatList } from "../terminal/format.js";
import type { CommandContext } from "./context.js";

interface Examined {
  readonly engine: EngineName;
  readonly works: boolean;
  /** Median milliseconds of a training step of the dense discrete VAE, batches of 64. */
  readonly milliseconds?: number;
  readonly runs?: string;
  readonly reason?: string;
}

/** `igr doctor`: which engines work here, how fast they are, and why others don't work. */
export function doctorCommand(command: Command, { signal, stdout }: CommandContext): Command {
  return command
    .option("--schema <what>", "print the JSON Schema of configuration files (run) or study files (study) instead")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  igr doctor\n  igr doctor --schema run > igr.schema.json")
    .action(async ({ schema, json }: { readonly schema?: string; readonly json?: boolean }) => {
      if (schema !== undefined) {
        stdout(`${JSON.stringify(schema === "study" ? studyJsonSchema() : configurationJsonSchema(), null, 2)}\n`);
        return;
      }
      const { node, cpu, cores, memoryGiB } = thisMachine();
      const platform = `${process.platform} ${process.arch}`;
      const machine = { node, platform, cpu, cores, memory: `${memoryGiB} GiB` };
      const found: Examined[] = [];
      for (const engine of engineNames.filter((name) => name !== "auto")) {
        signal.throwIfAborted();
        const examined = await examine(engine, signal);
        found.push(examined);
        if (!json) process.stderr.write(`${engine}: ${examined.works ? "works" : "does not work"}\n`);
      }
      if (json) stdout(`${JSON.stringify({ ...machine, engines: found }, null, 2)}\n`);
      else
        stdout(
          `${Object.entries(machine)
            .map(([key, value]) => `${key}: ${value}`)
            .join(", ")}\n\n${report(found)}\n`,
        );
    });
}

function report(found: readonly Examined[]): string {
  const rows = found.map(({ engine, milliseconds, runs, reason }) => {
    const step = milliseconds === undefined ? "" : `${milliseconds.toFixed(1)} ms`;
    return [engine, step, runs ?? reason ?? ""] as const;
  });
  const best = found.filter(({ works }) => works).sort((a, b) => (a.milliseconds ?? 0) - (b.milliseconds ?? 0))[0];
  const advice = best
    ? `\n\nThe fastest is --engine ${best.engine}; times are medians of a training step, dense discrete VAE, batches of 64.`
    : "";
  return `${formatList([["engine", "step", ""], ...rows])}${advice}`;
}

/**
 * Times an engine in a separate process, so that a crash does not end the command, and each engine starts without a
 * backend.
 */
function examine(engine: EngineName, signal: AbortSignal): Promise<Examined> {
  const [, program = ""] = process.argv;
  const few = engine === "cpu" ? ["--rounds", "2", "--steps", "1"] : ["--rounds", "5", "--steps", "10"];
  const command = [program, "bench", "--json", "--latents", "igr", "--engine", engine, ...few];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"], signal });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", (error) => resolve({ engine, works: false, reason: error.message }));
    child.on("close", (code, killedBy) => {
      if (code === 0) {
        const { rows, head } = JSON.parse(output) as { rows: { median: number }[]; head: string[] };
        resolve({
          engine,
          works: true,
          milliseconds: rows[0]?.median ?? Number.NaN,
          runs: head[0]?.split(",")[0] ?? "",
        });
      } else {
        const said = errors
          .trim()
          .split("\n")
          .at(-1)
          ?.replace(/^igr: /, "");
        resolve({ engine, works: false, reason: said || `its process ended with ${killedBy ?? `code ${code}`}` });
      }
    });
  });
}
