import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Recipe } from "./picture-shaper.js";
import type { Picture } from "./pictures.js";

const FORMAT = "igr-images 1";

/** The description beside a file of converted images; images without it don't count. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** Name of the file: an IDX array of bytes, images x height x width x channels. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** SHA-256 over recipe, names and stamps of the pictures. */
  readonly key: string;
  readonly recipe: Recipe;
  /** Which library decoded: "sharp 0.35.5". */
  readonly decoder: string;
  /** Size and time of change of the origin at that time. */
  readonly origin: string;
  readonly imagesPerChunk: number;
  /** SHA-256 of the pixels of each so many images. */
  readonly chunks: readonly string[];
  /** Names of the pictures, in the order of the images. */
  readonly names: readonly string[];
}

/** A manifest of this version. */
export function manifestOf(parts: Omit<Manifest, "format">): Manifest {
  return { format: FORMAT, ...parts };
}

/** The manifest `name.json` if it is there and whole, and its file, too, by its size. */
export async function readManifest(dir: string, name: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(dir, `${name}.json`), "utf8")) as Manifest;
    const { size } = await stat(join(dir, manifest.file));
    return manifest.format === FORMAT && size === manifest.bytes ? manifest : undefined;
  } catch {
    // Whatever is wrong with it: the images are converted again.
    return undefined;
  }
}

/** One number for a recipe and what it is applied to. */
export function keyOf(recipe: Recipe, pictures: readonly Picture[]): string {
  const hash = createHash("sha256").update(`${FORMAT}\n${recipeText(recipe)}\n`);
  for (const { name, stamp } of pictures) hash.update(`${JSON.stringify(name)} ${stamp}\n`);
  return hash.digest("hex");
}

/** A recipe as text, whatever the order of its properties. */
export function recipeText({ crop, channels, size, invert }: Recipe): string {
  return JSON.stringify([crop, channels, size, invert]);
}
