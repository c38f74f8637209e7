import { appendFile, readFile, rm, writeFile } from "node:fs/promises";

/** The finished chunks of a conversion, one line of JSON each. A line that a crash cut off is ignored. */
export class Journal {
  readonly #path: string;
  readonly #head: string;

  /** A journal of another `identity` belongs to another conversion. */
  constructor(path: string, identity: string) {
    this.#path = path;
    this.#head = JSON.stringify({ identity });
  }

  /** SHA-256 of the finished chunks by their index; empty if the journal belongs to another conversion. */
  async read(): Promise<Map<number, string>> {
    const finished = new Map<number, string>();
    const text = await readFile(this.#path, "utf8").catch(() => "");
    const [head, ...lines] = text.split("\n").slice(0, -1);
    if (head !== this.#head) return finished;
    for (const line of lines) {
      const { chunk, sha256 } = parsedLine(line);
      finished.set(chunk, sha256);
    }
    return finished;
  }

  /** Starts a new journal with these chunks. */
  async start(finished: ReadonlyMap<number, string>): Promise<void> {
    await writeFile(
      this.#path,
      [this.#head, ...[...finished].map(([chunk, sha256]) => line(chunk, sha256)), ""].join("\n"),
    );
  }

  async add(chunk: number, sha256: string): Promise<void> {
    await appendFile(this.#path, `${line(chunk, sha256)}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** A damaged line gives a chunk that no conversion has. */
function parsedLine(text: string): { readonly chunk: number; readonly sha256: string } {
  try {
    return JSON.parse(text) as { chunk: number; sha256: string };
  } catch {
    return { chunk: -1, sha256: "" };
  }
}

function line(chunk: number, sha256: string): string {
  return JSON.stringify({ chunk, sha256 });
}
