import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type FileLock, makeFolder } from "@igr/files";
import { checkInteger } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { defaultCacheFolder, writeWholeFile } from "../files/folder.js";
import type { ConversionOptions } from "../loaders/conversion-options.js";
import type { Chunk } from "./chunk-converter.js";
import { withConversionLock } from "./conversion-lock.js";
import { convertChunks } from "./decode-pool.js";
import { createDecoder } from "./decoder.js";
import { Journal } from "./journal.js";
import { keyOf, type Manifest, manifestOf, manifestText, readManifest, recipeText } from "./manifest.js";
import type { Recipe } from "./picture-shaper.js";
import type { Picture, PictureTree } from "./pictures.js";

/** Pictures to be converted. */
export interface PictureSource {
  /** The loader's name, for errors. */
  readonly owner: string;
  /** Name of the converted images among others in the cache. */
  readonly name: string;
  /** The archive or the folder. */
  readonly origin: string;
  readonly recipe: Recipe;
  /** All pictures, in the order of the images, and all folders. */
  list(): Promise<PictureTree>;
}

/** Converted images on disk. */
export interface ConvertedImages {
  /** The IDX file. */
  readonly path: string;
  readonly manifest: Manifest;
}

/** Four sizes of an IDX array after its magic number. */
export const HEADER_BYTES = 20;
const CHUNK_BYTES = 2 ** 22;
const MAX_CHUNK_IMAGES = 128;

/** The last call for each file that is written. Later calls wait for it. */
const turns = new Map<string, Promise<unknown>>();

/**
 * The converted images of `source`. They come from the cache if the pictures haven't changed or are gone. Else they are converted now,
 * and an interrupted conversion is resumed. Calls of one process for the same images take turns: the next call finds what the first
 * converted, or resumes it, with its own `signal` and `onProgress`.
 *
 * @throws DatasetError naming the picture, what was expected and what was found. Chunks that are converted stay converted.
 */
export async function convertedImages(source: PictureSource, options: ConversionOptions): Promise<ConvertedImages> {
  if (options.workers !== undefined) checkInteger(source.owner, "workers", options.workers, 0);
  const dir = resolve(options.cacheDir ?? defaultCacheFolder());
  const place = join(dir, source.name);
  const before = turns.get(place) ?? Promise.resolve();
  const turn = settled(before, options.signal).then(() => findOrConvert(source, dir, options));
  // A call that is stopped while it waits ends early. Later calls still wait for the calls before it.
  const end = Promise.allSettled([before, turn]);
  turns.set(place, end);
  end.then(() => {
    if (turns.get(place) === end) turns.delete(place);
  });
  return turn;
}

/** Waits for a promise that doesn't reject. @throws the signal's reason as soon as there is one. */
async function settled(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((done, stop) => {
    const abort = () => stop(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    promise.then(() => {
      signal?.removeEventListener("abort", abort);
      done();
    });
  });
}

async function findOrConvert(source: PictureSource, dir: string, options: ConversionOptions): Promise<ConvertedImages> {
  const { name, origin, recipe } = source;
  const kept = await readManifest(dir, name);
  const stamp = await stampOf(origin);
  const found = (manifest: Manifest) => ({ path: join(dir, manifest.file), manifest });
  if (kept !== undefined && recipeText(kept.recipe) === recipeText(recipe)) {
    if (stamp === undefined || (stamp !== FOLDER && stamp === kept.origin)) return found(kept);
  }
  if (stamp === undefined) {
    const isEarlier =
      kept === undefined && (await stat(join(dir, `${name}.json`)).catch(() => undefined)) !== undefined;
    const found = isEarlier
      ? "nothing; images of an earlier version are in the cache, but their colors may be wrong"
      : "nothing";
    throw new DatasetError({ reason: "not-found", file: origin, expected: "an archive or a folder", found });
  }
  const tree = await source.list();
  const key = keyOf(recipe, tree);
  if (kept?.key === key) return found(kept);
  if (tree.pictures.length === 0) {
    throw new DatasetError({ reason: "not-found", file: origin, expected: "pictures", found: "none" });
  }
  try {
    await makeFolder(dir);
  } catch (cause) {
    const advice = "pass another folder as cacheDir";
    const expected = "a folder that can be written";
    throw new DatasetError({
      reason: "unreadable",
      file: dir,
      expected,
      found: (cause as Error).message,
      advice,
      cause,
    });
  }
  return withConversionLock(join(dir, `${name}.lock`), options.signal, async (lock) => {
    // Another program may have converted the pictures meanwhile.
    const ready = await readManifest(dir, name);
    if (ready?.key === key) return found(ready);
    const manifest = await convert(source, { dir, tree, key, stamp, options, lock });
    await removeOthers(dir, name, manifest.file);
    return found(manifest);
  });
}

const FOLDER = "folder";

/** Size and time of change; undefined if nothing is there. The time of a folder doesn't show changes of the files below: folders are listed. */
async function stampOf(origin: string): Promise<string | undefined> {
  const status = await stat(origin).catch(() => undefined);
  if (status === undefined) return undefined;
  return status.isDirectory() ? FOLDER : `${status.size} ${status.mtimeMs}`;
}

/** Removes the images that `name` had before: of other pictures, or of an earlier version of this package. */
async function removeOthers(dir: string, name: string, file: string): Promise<void> {
  for (const other of await readdir(dir)) {
    const isConverted = other.startsWith(`${name}-`) && /^[0-9a-f]{12}\.idx4-ubyte$/.test(other.slice(name.length + 1));
    if (isConverted && other !== file) await rm(join(dir, other), { force: true });
  }
}

interface Conversion {
  readonly dir: string;
  readonly tree: PictureTree;
  readonly key: string;
  readonly stamp: string;
  readonly options: ConversionOptions;
  readonly lock: FileLock;
}

async function convert(source: PictureSource, conversion: Conversion): Promise<Manifest> {
  const { dir, tree, key, stamp, options, lock } = conversion;
  const { pictures, folders } = tree;
  const { name, origin, recipe } = source;
  const { decoder = "auto", workers, signal, onProgress } = options;
  const { description } = await createDecoder(decoder);
  const imageBytes = recipe.size[0] * recipe.size[1] * recipe.channels;
  const bytes = HEADER_BYTES + pictures.length * imageBytes;
  const imagesPerChunk = Math.max(1, Math.min(MAX_CHUNK_IMAGES, Math.floor(CHUNK_BYTES / imageBytes)));
  const chunks = chunksOf(pictures, imagesPerChunk, imageBytes);
  const partial = join(dir, `${name}.partial`);
  const file = `${name}-${key.slice(0, 12)}.idx4-ubyte`;
  const path = join(dir, file);
  const journal = new Journal(join(dir, `${name}.journal`), `${key} ${description} ${imagesPerChunk}`);

  // A call was stopped after it had named the file and before it had described it: name it back.
  if ((await stat(partial).catch(() => undefined)) === undefined) await rename(path, partial).catch(() => {});
  await prepare(partial, bytes, [pictures.length, ...recipe.size, recipe.channels]);
  const hashes = await intactChunks(partial, chunks, await journal.read(), imageBytes);
  await journal.start(hashes);
  let done = 0;
  for (const chunk of chunks) if (hashes.has(chunk.index)) done += chunk.pictures.length;
  onProgress?.({ done, total: pictures.length });

  const decoderName = description.startsWith("sharp") ? "sharp" : "javascript";
  await convertChunks(
    chunks.filter(({ index }) => !hashes.has(index)),
    {
      settings: { origin, recipe, decoder: decoderName, target: partial },
      workers,
      signal,
      onChunk: async (chunk, sha256) => {
        hashes.set(chunk.index, sha256);
        await journal.add(chunk.index, sha256);
        done += chunk.pictures.length;
        onProgress?.({ done, total: pictures.length });
      },
    },
  );
  const manifest = manifestOf({
    file,
    bytes,
    sha256: await flushAndHash(partial),
    key,
    recipe,
    decoder: description,
    origin: stamp,
    imagesPerChunk,
    chunks: chunks.map(({ index }) => hashes.get(index) as string),
    folders,
    names: pictures.map((picture) => picture.name),
  });
  await lock.check();
  await rename(partial, path);
  await writeWholeFile(dir, `${name}.json`, Buffer.from(manifestText(manifest)));
  await journal.remove();
  return manifest;
}

function chunksOf(pictures: readonly Picture[], imagesPerChunk: number, imageBytes: number): Chunk[] {
  return Array.from({ length: Math.ceil(pictures.length / imagesPerChunk) }, (_, index) => {
    const first = index * imagesPerChunk;
    const offset = HEADER_BYTES + first * imageBytes;
    return { index, offset, pictures: pictures.slice(first, first + imagesPerChunk) };
  });
}

/** Makes the file that long, and writes the header of an IDX array of bytes. */
async function prepare(path: string, bytes: number, shape: readonly number[]): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  const handle = await open(path, "a+").then(async (created) => {
    await created.close();
    return open(path, "r+");
  });
  try {
    await handle.truncate(bytes);
    await handle.write(header, 0, HEADER_BYTES, 0);
  } finally {
    await handle.close();
  }
}

/** The chunks of the journal whose pixels are in the file. */
async function intactChunks(
  path: string,
  chunks: readonly Chunk[],
  journaled: ReadonlyMap<number, string>,
  imageBytes: number,
): Promise<Map<number, string>> {
  const intact = new Map<number, string>();
  const handle = await open(path, "r");
  try {
    for (const { index, offset, pictures } of chunks) {
      const expected = journaled.get(index);
      if (expected === undefined) continue;
      const pixels = new Uint8Array(pictures.length * imageBytes);
      await handle.read(pixels, 0, pixels.length, offset);
      if (createHash("sha256").update(pixels).digest("hex") === expected) intact.set(index, expected);
    }
  } finally {
    await handle.close();
  }
  return intact;
}

async function flushAndHash(path: string): Promise<string> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}
