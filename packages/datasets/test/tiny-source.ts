import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { PublishedFile } from "../src/files/published-file.js";
import type { ImageSource } from "../src/loaders/load-images.js";
import { idxBytes } from "./idx-bytes.js";

/** A published file with all its forms. */
export interface TinyFile extends PublishedFile {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
}

function tinyFile(name: string, shape: number[], seed: number): TinyFile {
  const size = shape.reduce((a, b) => a * b, 1);
  // Not compressible to nothing, so that there is something to cut.
  const raw = idxBytes(
    shape,
    Uint8Array.from({ length: size }, (_, i) => (i * i * seed + (i >> 3)) % 251),
  );
  const sha256 = createHash("sha256").update(raw).digest("hex");
  return { name, shape, sha256, raw, packed: Uint8Array.from(gzipSync(raw)) };
}

/** Six images of 5x7 pixels and their labels. */
export const tiny = {
  images: tinyFile("images-idx3", [6, 5, 7], 7),
  labels: tinyFile("labels-idx1", [6], 3),
};

/** A data set of {@link tiny}, without a package. */
export const tinySource: ImageSource = {
  loader: "loadTiny",
  name: "tiny",
  classNames: [],
  files: { train: tiny, test: tiny },
  mirrors: [],
  packageFiles: async () => {
    throw new Error("there is no package");
  },
};
