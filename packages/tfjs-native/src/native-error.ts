/**
 * The reason of a {@link NativeError}:
 *
 * | reason | meaning |
 * | --- | --- |
 * | `platform` | no PyPI wheel of TensorFlow has a C library for this operating system |
 * | `tfjs-node-missing` | the project has no @tensorflow/tfjs-node(-gpu) |
 * | `two-cores` | tfjs-node and the project would use two copies of tfjs-core |
 * | `python-missing` | no Python 3.9 or later, or one that can't make virtual environments |
 * | `compiler-missing` | no C++ compiler |
 * | `compile-failed` | the compiler or linker refused |
 * | `tensorflow-unknown` | PyPI has no such TensorFlow for this machine |
 * | `libraries-unknown` | the wheel doesn't hold the libraries and headers that the add-on is built against |
 * | `pip-failed` | pip failed for another reason, which the message quotes |
 * | `wheel-changed` | a wheel does not have the SHA-256 that this package knows |
 * | `cache-untrusted` | others may write to the cache, whose libraries would be loaded into this process |
 * | `disk-full` | too little room |
 * | `not-writable` | the cache can't be written |
 * | `network` | PyPI can't be reached |
 * | `locked` | another setup is at work |
 * | `check-failed` | the add-on was built, but doesn't compute |
 * | `not-set-up` | no add-on in the cache fits: setup was not run, or was interrupted |
 * | `not-loadable` | an add-on is there, but the operating system refuses to load it |
 * | `no-gpu` | a GPU was asked for and TensorFlow has none |
 */
export type NativeErrorReason =
  | "platform"
  | "tfjs-node-missing"
  | "two-cores"
  | "python-missing"
  | "compiler-missing"
  | "compile-failed"
  | "tensorflow-unknown"
  | "libraries-unknown"
  | "pip-failed"
  | "wheel-changed"
  | "cache-untrusted"
  | "disk-full"
  | "not-writable"
  | "network"
  | "locked"
  | "check-failed"
  | "not-set-up"
  | "not-loadable"
  | "no-gpu";

/** The error of this package: `reason` is for programs; the message is a sentence that says what to do. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  readonly reason: NativeErrorReason;

  constructor(reason: NativeErrorReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
