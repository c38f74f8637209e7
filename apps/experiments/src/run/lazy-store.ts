import type { RunConfiguration } from "../configuration/schema.js";
import type { ClaimOptions, RunClaim, RunStore } from "./store.js";

/** A store whose module is loaded at its first use. */
export class LazyStore implements RunStore {
  readonly location: string;
  readonly #load: () => Promise<RunStore>;
  #store: Promise<RunStore> | undefined;

  constructor(location: string, load: () => Promise<RunStore>) {
    this.location = location;
    this.#load = load;
  }

  async list(): Promise<string[]> {
    return (await this.#loaded()).list();
  }

  async read(id: string, file: string): Promise<Uint8Array | undefined> {
    return (await this.#loaded()).read(id, file);
  }

  async checkpoints(id: string): Promise<string> {
    return (await this.#loaded()).checkpoints(id);
  }

  async files(id: string): Promise<string[]> {
    return (await this.#loaded()).files(id);
  }

  async claim(configuration: RunConfiguration, options?: ClaimOptions): Promise<RunClaim> {
    return (await this.#loaded()).claim(configuration, options);
  }

  async remove(id: string): Promise<void> {
    return (await this.#loaded()).remove(id);
  }

  async removeUntrained(id: string): Promise<void> {
    return (await this.#loaded()).removeUntrained(id);
  }

  #loaded(): Promise<RunStore> {
    this.#store ??= this.#load();
    return this.#store;
  }
}
