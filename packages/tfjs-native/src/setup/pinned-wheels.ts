import type { distributionOf } from "../tensorflow-versions.js";
import { wheelHashes } from "./wheel-hashes.js";

/** Wheels by exact version and SHA-256, as lines of a requirements file. */
export interface PinnedWheels {
  /** TensorFlow's wheel: `tensorflow-cpu==2.21.0 --hash=sha256:...`. */
  readonly wheel: string;
  /** The CUDA wheels that its extra `and-cuda` names; absent if the platform has none. */
  readonly cuda?: readonly string[];
}

/** The wheels of each platform (`linux-x64`) and PyPI package, by full version. */
export type WheelHashes = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, PinnedWheels>>>>>>;

/**
 * The wheels of a version with the hashes that they had when this package was made. A version without a patch number, `2.20`,
 * is the patch whose hash is known. Undefined where no hash is known.
 */
export function pinnedWheels(
  distribution: ReturnType<typeof distributionOf>,
  version: string,
  { platform, arch }: { readonly platform: string; readonly arch: string } = process,
  hashes: WheelHashes = wheelHashes,
): PinnedWheels | undefined {
  const known = hashes[`${platform}-${arch}`]?.[distribution] ?? {};
  const full = Object.keys(known).find((each) => each === version || each.startsWith(`${version}.`));
  return full === undefined ? undefined : known[full];
}
