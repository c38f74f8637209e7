import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { DatasetError } from "../dataset-error.js";
import { type ConvertedImages, HEADER_BYTES } from "./convert.js";

/**
 * Reads the images at `indices`, which rise, from their file. Memory holds these images and one chunk.
 * @throws DatasetError `wrong-hash` if, with `verify`, a chunk has changed since the conversion; `unreadable`.
 */
export async function readImages(
  { path, manifest }: ConvertedImages,
  indices: readonly number[],
  { verify = true, signal }: { readonly verify?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const { recipe, imagesPerChunk, chunks, names } = manifest;
  const size = recipe.size[0] * recipe.size[1] * recipe.channels;
  const images = new Uint8Array(indices.length * size);
  const chunk = new Uint8Array(imagesPerChunk * size);
  const handle = await open(path, "r");
  try {
    for (let i = 0; i < indices.length; ) {
      signal?.throwIfAborted();
      const index = Math.floor((indices[i] as number) / imagesPerChunk);
      const first = index * imagesPerChunk;
      const pixels = chunk.subarray(0, Math.min(imagesPerChunk, names.length - first) * size);
      await handle.read(pixels, 0, pixels.length, HEADER_BYTES + first * size);
      if (verify) checkHash(path, pixels, chunks[index] as string);
      for (; i < indices.length && (indices[i] as number) < first + imagesPerChunk; i++) {
        const from = ((indices[i] as number) - first) * size;
        images.set(pixels.subarray(from, from + size), i * size);
      }
    }
  } finally {
    await handle.close();
  }
  return images;
}

function checkHash(path: string, pixels: Uint8Array, expected: string): void {
  const found = createHash("sha256").update(pixels).digest("hex");
  if (found !== expected) {
    throw new DatasetError({
      reason: "wrong-hash",
      file: path,
      expected: `SHA-256 ${expected} of these pixels, as converted`,
      found,
      advice: "remove the file, and the pictures are converted again",
    });
  }
}
