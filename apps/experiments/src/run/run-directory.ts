import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes beside `file` and renames: whoever reads `file` sees the old or the new content, never half of it. */
export function writeAtomically(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/**
 * Where a run leaves what it made: `config.json`, `metrics.jsonl` (a line per epoch), `checkpoint/`, `samples.png`,
 * `report.html`.
 */
export class RunDirectory {
  readonly path: string;

  /**
   * Makes the folder; with `resume` it must hold a run.
   * @throws Error if it holds a run already and it is not to be gone on with: results are never overwritten.
   */
  constructor(path: string, { resume = false } = {}) {
    if (existsSync(join(path, "config.json")) && !resume) {
      throw new Error(`RunDirectory: ${path} holds a run already; pass --resume ${path}, another --out, or remove it`);
    }
    mkdirSync(path, { recursive: true });
    this.path = path;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  writeJson(name: string, content: unknown): void {
    writeAtomically(this.file(name), `${JSON.stringify(content, null, 2)}\n`);
  }

  write(name: string, content: string | Uint8Array): void {
    writeAtomically(this.file(name), content);
  }

  appendMetrics(record: unknown): void {
    appendFileSync(this.file("metrics.jsonl"), `${JSON.stringify(record)}\n`);
  }

  /** All lines at once: a run that was killed may have lost the last one, or half of it. */
  writeMetrics(records: readonly unknown[]): void {
    this.write("metrics.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }
}

/** `runs/2026-11-23T15-04-05-igr-0.5-seed-1`: sorts by time, says what it is. */
export function defaultRunName(parts: readonly (string | number)[], now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(":", "-");
  return [time, ...parts].join("-");
}
