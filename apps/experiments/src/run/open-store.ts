import { resolve } from "node:path";
import { InputError } from "../input-error.js";
import { FolderStore } from "./folder-store.js";
import { LazyStore } from "./lazy-store.js";
import type { RunStore } from "./store.js";

/** The store at an address: a folder, or `s3://bucket/prefix`. @throws InputError for an unknown kind of address. */
export function openStore(address: string): RunStore {
  const [, scheme] = /^([a-z][a-z0-9+]+):\/\//.exec(address) ?? [];
  if (scheme === "s3") {
    return new LazyStore(address, async () => new (await import("./s3/s3-store.js")).S3Store(address));
  }
  if (scheme !== undefined) {
    throw new InputError(`--runs ${address}: there is no store for ${scheme}://; use a folder, or s3://bucket/prefix`);
  }
  return new FolderStore(resolve(address));
}
