import type { Rng } from "@igr/core";
import { nodeModules } from "../checkpoint/node-modules.js";
import { type Binarization, type ImageSource, takeImages } from "./image-source.js";

/** What a run records about its images, so that it is not resumed with others. */
export interface DataSettings {
  readonly images: number;
  /** Shape of one image. */
  readonly shape: readonly number[];
  /** SHA-256 of the pixels. */
  readonly fingerprint: string;
}

/** Images in memory, as in a dataset of @igr/datasets. */
interface StoredImages {
  readonly images: Uint8Array;
  readonly length: number;
  readonly imageShape: readonly number[];
}

const BLOCK = 1 << 20;
const BLOCKS = 256;

/**
 * Number, shape and fingerprint of the images of a source. The fingerprint covers the stored pixels if the source
 * exposes them, otherwise one pass in order. For more than 256 MB it covers 256 evenly spaced blocks of 1 MB.
 */
export async function dataSettings(
  source: ImageSource,
  rng: Rng,
  { batchSize, binarize }: { readonly batchSize: number; readonly binarize: Binarization },
): Promise<DataSettings> {
  const hash = nodeModules("fit").crypto.createHash("sha256");
  if (isStored(source)) {
    const { images, length, imageShape } = source;
    for (const block of blocksOf(images)) hash.update(block);
    return { images: length, shape: imageShape, fingerprint: hash.digest("hex") };
  }
  let images = 0;
  let shape: readonly number[] = [];
  const options = { batchSize, shuffle: false, rng, binarize, dropRemainder: false, reuseMemory: true };
  for await (const batch of source.batches(options)) {
    const x = takeImages(batch);
    const values = await x.data();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    images += x.shape[0]!;
    shape = x.shape.slice(1);
    x.dispose();
  }
  return { images, shape, fingerprint: hash.digest("hex") };
}

function isStored(source: ImageSource): source is ImageSource & StoredImages {
  const { images, length, imageShape } = source as Partial<StoredImages>;
  return images instanceof Uint8Array && typeof length === "number" && Array.isArray(imageShape);
}

function blocksOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length <= BLOCK * BLOCKS) return [bytes];
  const last = bytes.length - BLOCK;
  return Array.from({ length: BLOCKS }, (_, i) => {
    const from = Math.floor((i * last) / (BLOCKS - 1));
    return bytes.subarray(from, from + BLOCK);
  });
}
