/** The default version of `setup`: the newest TensorFlow in the table of the README. */
export const defaultTensorFlow = "2.21.0";

/** One version of each minor release in the table of the README (`scripts/try-versions.mjs`). */
export const triedTensorFlow = ["2.16.2", "2.17.1", "2.18.1", "2.19.1", "2.20.0", "2.21.0"] as const;

/**
 * The build of TensorFlow that an add-on links. `cpu`: PyPI's tensorflow-cpu. `gpu`: PyPI's tensorflow with the CUDA
 * libraries of its extra `and-cuda`.
 */
export type Flavour = "cpu" | "gpu";

/**
 * PyPI's package of a flavour. `tensorflow-cpu` is published for x64 only. On other platforms, such as macOS and Linux on arm64, `tensorflow`
 * itself computes on the CPU.
 */
export function distributionOf(
  flavour: Flavour,
  { platform, arch }: { readonly platform: string; readonly arch: string } = process,
): "tensorflow" | "tensorflow-cpu" {
  return flavour === "cpu" && platform === "linux" && arch === "x64" ? "tensorflow-cpu" : "tensorflow";
}

/** Whether `version` (`2.18`, `2.18.1`, `2.22.0rc0`) belongs to a minor release that was tried. */
export function isTried(version: string): boolean {
  const minor = version.split(".").slice(0, 2).join(".");
  return triedTensorFlow.some((tried) => tried.startsWith(`${minor}.`));
}
