import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatasetError } from "../dataset-error.js";
import type { Recipe } from "./picture-shaper.js";
import type { PictureTree } from "./pictures.js";

/**
 * Version of converted images. It changes when this package gives other bytes for the same pictures, so that they are converted again.
 * Version 1 had wrong colors of JPEGs in RGB and CMYK, and listed no folders.
 */
const FORMAT = "igr-images 2";
const EARLIER_FORMATS: readonly unknown[] = ["igr-images 1"];

/** The description beside a file of converted images. Images without a description are ignored. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** Name of the file: an IDX array of bytes, images x height x width x channels. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** SHA-256 of recipe, folders, and names and stamps of the pictures. */
  readonly key: string;
  readonly recipe: Recipe;
  /** Which library decoded: "sharp 0.35.5". */
  readonly decoder: string;
  /** Size and time of change of the origin when it was converted. */
  readonly origin: string;
  readonly imagesPerChunk: number;
  /** SHA-256 of the pixels of each chunk of `imagesPerChunk` images. */
  readonly chunks: readonly string[];
  /** Paths of the folders, in order. */
  readonly folders: readonly string[];
  /** Names of the pictures, in the order of the images. */
  readonly names: readonly string[];
}

/** A manifest of this version. */
export function manifestOf(parts: Omit<Manifest, "format">): Manifest {
  return { format: FORMAT, ...parts };
}

/** A manifest as text, with its SHA-256. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify({ ...manifest, manifestSha256: hashOf(manifest) });
}

/**
 * The manifest `name.json`. Undefined if there is none, if an earlier version wrote it, or if its images are gone.
 * @throws DatasetError `wrong-hash` naming the manifest if it has changed since it was written.
 */
export async function readManifest(dir: string, name: string): Promise<Manifest | undefined> {
  const path = join(dir, `${name}.json`);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parsed(text, path);
  const status = await stat(join(dir, manifest?.file ?? "")).catch(() => undefined);
  return status?.size === manifest?.bytes ? manifest : undefined;
}

function parsed(text: string, path: string): Manifest | undefined {
  const expected = "the description of converted images, as written";
  const advice = "remove the file, and the pictures are converted again";
  try {
    const { manifestSha256, ...manifest } = JSON.parse(text) as Manifest & { readonly manifestSha256?: string };
    if (manifestSha256 === undefined && EARLIER_FORMATS.includes(manifest.format)) return undefined;
    const found = hashOf(manifest);
    if (manifestSha256 === found && manifest.format === FORMAT) return manifest;
    throw new DatasetError({ reason: "wrong-hash", file: path, expected, found: `SHA-256 ${found}`, advice });
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    const found = (cause as Error).message;
    throw new DatasetError({ reason: "wrong-hash", file: path, expected, found, advice, cause });
  }
}

function hashOf(manifest: Manifest): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

/** SHA-256 of a recipe and of what it is applied to. */
export function keyOf(recipe: Recipe, { folders, pictures }: PictureTree): string {
  const hash = createHash("sha256").update(`${FORMAT}\n${recipeText(recipe)}\n`);
  hash.update(`${JSON.stringify(folders)}\n`);
  for (const { name, stamp } of pictures) hash.update(`${JSON.stringify(name)} ${stamp}\n`);
  return hash.digest("hex");
}

/** A recipe as text, whatever the order of its properties. */
export function recipeText({ crop, channels, size, invert }: Recipe): string {
  return JSON.stringify([crop, channels, size, invert]);
}
