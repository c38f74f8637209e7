import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type Holder, takenOver } from "../holder.js";
import type { RunClaim } from "../store.js";
import type { Bucket } from "./bucket.js";
import { decodeManifest, encodeManifest, MANIFEST, type Manifest } from "./manifest.js";

interface Claimed {
  readonly bucket: Bucket;
  readonly id: string;
  readonly holder: Holder;
  readonly manifest: Manifest;
  readonly etag: string;
  /** A folder on this machine with the checkpoints of the store. */
  readonly folder: string;
}

/** The right to change a run's manifest, as long as nobody else has changed it. */
export class S3Claim implements RunClaim {
  readonly id: string;
  readonly checkpoints: string;
  readonly #bucket: Bucket;
  readonly #holder: Holder;
  #manifest: Manifest;
  #etag: string;
  /** Writes follow each other: each is conditional on the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ bucket, id, holder, manifest, etag, folder }: Claimed) {
    this.id = id;
    this.checkpoints = folder;
    this.#bucket = bucket;
    this.#holder = holder;
    this.#manifest = manifest;
    this.#etag = etag;
  }

  write(file: string, content: string | Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const key = `${randomUUID()}-${file}`;
      await this.#bucket.put(`${this.id}/${key}`, content);
      const old = this.#manifest.files[file];
      await this.#commit({ ...this.#manifest, files: { ...this.#manifest.files, [file]: key } }, [key]);
      if (old !== undefined) await this.#deleteAll([old]);
    });
  }

  async read(file: string): Promise<Uint8Array | undefined> {
    const key = this.#manifest.files[file];
    return key === undefined ? undefined : (await this.#bucket.get(`${this.id}/${key}`))?.bytes;
  }

  /** Copies new checkpoints to the store, and deletes those that are gone here. A checkpoint never changes. */
  checkpointed(): Promise<void> {
    return this.#inTurn(async () => {
      const paths = await checkpointFiles(this.checkpoints);
      const known = this.#manifest.checkpoints;
      const added: string[] = [];
      const checkpoints: Record<string, string> = {};
      for (const path of paths) {
        let key = known[path];
        if (key === undefined) {
          key = `${randomUUID()}-${path.replaceAll("/", "-")}`;
          await this.#bucket.put(`${this.id}/${key}`, await readFile(join(this.checkpoints, path)));
          added.push(key);
        }
        checkpoints[path] = key;
      }
      const gone = Object.keys(known).filter((path) => !paths.includes(path));
      if (added.length === 0 && gone.length === 0) return this.check();
      await this.#commit({ ...this.#manifest, checkpoints }, added);
      await this.#deleteAll(gone.map((path) => known[path] as string));
    });
  }

  async check(): Promise<void> {
    const found = await this.#bucket.get(`${this.id}/${MANIFEST}`);
    const holder = found && decodeManifest(found.bytes).holder;
    if (holder?.token !== this.#holder.token) throw takenOver(`${this.#bucket.location}/${this.id}`, holder);
  }

  release(): Promise<void> {
    return this.#inTurn(async () => {
      const { holder: _, ...rest } = this.#manifest;
      // A lost claim is released by its new holder.
      await this.#commit(rest, []).catch(() => {});
      await rm(this.checkpoints, { recursive: true, force: true });
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** @throws Error if the claim was lost; `added` are deleted then. */
  async #commit(manifest: Manifest, added: readonly string[]): Promise<void> {
    const key = `${this.id}/${MANIFEST}`;
    const text = encodeManifest(manifest);
    const etag = await this.#bucket.putIf(key, text, this.#etag);
    if (etag === undefined) {
      // If the answer to a write is lost, the client repeats it and finds its own object.
      const found = await this.#bucket.get(key);
      if (found === undefined || Buffer.from(found.bytes).toString("utf8") !== text) {
        await this.#deleteAll(added);
        throw takenOver(`${this.#bucket.location}/${this.id}`, found && decodeManifest(found.bytes).holder);
      }
      this.#etag = found.etag;
    } else this.#etag = etag;
    this.#manifest = manifest;
  }

  async #deleteAll(keys: readonly string[]): Promise<void> {
    // Objects that are no longer referenced may stay; they only take space.
    for (const key of keys) await this.#bucket.delete(`${this.id}/${key}`).catch(() => {});
  }
}

/** Paths of the files of finished checkpoints, with slashes. */
async function checkpointFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => /^step-[^/]+\//.test(path));
}
