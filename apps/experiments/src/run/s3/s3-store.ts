import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { makeFolder } from "@igr/files";
import type { RunConfiguration } from "../../configuration/schema.js";
import { InputError } from "../../input-error.js";
import { checkTakeover, newHolder } from "../holder.js";
import { runId } from "../identity.js";
import { type ClaimOptions, type RunClaim, type RunStore, runFiles } from "../store.js";
import { Bucket } from "./bucket.js";
import { decodeManifest, encodeManifest, MANIFEST, type Manifest } from "./manifest.js";
import { S3Claim } from "./s3-claim.js";

/**
 * Stores runs in a bucket: for each run a manifest and the objects that it names. Checkpoints are copied to a folder on
 * this machine.
 */
export class S3Store implements RunStore {
  readonly location: string;
  readonly #bucket: Bucket;

  /** @throws InputError unless the address is `s3://bucket` or `s3://bucket/prefix`. */
  constructor(address: string) {
    const [, bucket, prefix = ""] = /^s3:\/\/([\w.-]+)(?:\/(.*?))?\/?$/.exec(address) ?? [];
    if (bucket === undefined) throw new InputError(`--runs must be a folder or s3://bucket/prefix, got "${address}"`);
    this.#bucket = new Bucket(bucket, prefix);
    this.location = this.#bucket.location;
  }

  async list(): Promise<string[]> {
    const folders = await this.#bucket.list("", true);
    return folders.filter((name) => /^[0-9a-f]{16}$/.test(name));
  }

  async read(id: string, file: string): Promise<Uint8Array | undefined> {
    // An object that was replaced between the two reads is deleted; then the manifest has changed.
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const key = (await this.#manifest(id))?.manifest.files[file];
      if (key === undefined) return undefined;
      const found = await this.#bucket.get(`${id}/${key}`);
      if (found !== undefined) return found.bytes;
    }
    throw new Error(`${this.location}/${id}/${file} is replaced repeatedly while it is read`);
  }

  async checkpoints(id: string): Promise<string> {
    return this.#download(id, (await this.#manifest(id))?.manifest ?? { files: {}, checkpoints: {} });
  }

  async files(id: string): Promise<string[]> {
    return Object.keys((await this.#manifest(id))?.manifest.files ?? {});
  }

  async claim(configuration: RunConfiguration, { grant }: ClaimOptions = {}): Promise<RunClaim> {
    const id = runId(configuration);
    const holder = await newHolder(grant);
    for (;;) {
      const known = await this.#manifest(id);
      if (known?.manifest.holder) await checkTakeover(`${this.location}/${id}`, known.manifest.holder, grant);
      const before = known?.manifest ?? { files: {}, checkpoints: {} };
      const files = { ...before.files };
      if (files[runFiles.configuration] === undefined) {
        files[runFiles.configuration] = `${holder.token}-${runFiles.configuration}`;
        const text = `${JSON.stringify(configuration, null, 2)}\n`;
        await this.#bucket.put(`${id}/${files[runFiles.configuration]}`, text);
      }
      const manifest: Manifest = { ...before, holder, files };
      const etag = await this.#bucket.putIf(`${id}/${MANIFEST}`, encodeManifest(manifest), known?.etag);
      if (etag === undefined) continue;
      const folder = await this.#download(id, manifest);
      return new S3Claim({ bucket: this.#bucket, id, holder, manifest, etag, folder });
    }
  }

  async removeUntrained(id: string): Promise<void> {
    const { files, checkpoints, holder } = (await this.#manifest(id))?.manifest ?? { files: {}, checkpoints: {} };
    const others = Object.keys(files).filter((file) => file !== runFiles.configuration);
    if (holder === undefined && others.length + Object.keys(checkpoints).length === 0) await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    const known = await this.#manifest(id);
    if (known?.manifest.holder) await checkTakeover(`${this.location}/${id}`, known.manifest.holder, undefined);
    const keys = await this.#bucket.list(`${id}/`);
    // The manifest is deleted first, because the objects that it names must exist.
    await this.#bucket.delete(`${id}/${MANIFEST}`);
    for (const key of keys) await this.#bucket.delete(key);
  }

  async #manifest(id: string): Promise<{ readonly manifest: Manifest; readonly etag: string } | undefined> {
    const found = await this.#bucket.get(`${id}/${MANIFEST}`);
    return found && { manifest: decodeManifest(found.bytes), etag: found.etag };
  }

  /** A new folder with the checkpoints of a run, deleted at the end of this process. */
  async #download(id: string, { checkpoints }: Manifest): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), `igr-${id}-`));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    for (const [path, key] of Object.entries(checkpoints)) {
      const target = resolve(folder, path);
      if (!target.startsWith(`${folder}${sep}`)) throw new InputError(`${path} is not a path of a checkpoint`);
      const found = await this.#bucket.get(`${id}/${key}`);
      if (found === undefined) throw new Error(`${this.location}/${id}/${key} is missing`);
      await makeFolder(dirname(target));
      await writeFile(target, found.bytes);
    }
    return folder;
  }
}
