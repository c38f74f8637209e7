import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that trains on request: a JSON line requests steps of a variant, and a JSON line returns their times. */
export class PeerProcess {
  #child;
  #lines;
  #lastWords = "";

  constructor(command, args, options = {}) {
    this.#child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stderr.on("data", (chunk) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-2000);
    });
    this.#child.on("error", (error) => {
      this.#lastWords += error.message;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the process ended: ${this.#lastWords.trim().split("\n").at(-1) ?? ""}`);
    return JSON.parse(value);
  }

  /** Resolves once the program has loaded its libraries: `{ versions, variants }`. */
  ready() {
    return this.#answer();
  }

  /** Trains `steps` steps of `variant`: `{ ms: number[], loss, total }`, or `{ error }`. */
  run(variant, steps) {
    this.#child.stdin.write(`${JSON.stringify({ variant, steps })}\n`);
    return this.#answer();
  }

  kill() {
    this.#child.kill("SIGKILL");
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin.end();
    await new Promise((resolve) => this.#child.once("close", resolve));
  }
}
