import type { distributionOf } from "../tensorflow-versions.js";
import { wheelHashes } from "./wheel-hashes.js";

/** Wheels by exact version and SHA-256, as lines of a requirements file. */
export interface PinnedWheels {
  /** That of TensorFlow: `tensorflow-cpu==2.21.0 --hash=sha256:...`. */
  readonly wheel: string;
  /** Those of CUDA that its extra `and-cuda` names; absent where there are none for the platform. */
  readonly cuda?: readonly string[];
}

/** Of each platform (`linux-x64`) and package of PyPI, by full version. */
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
