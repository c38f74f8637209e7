import type { Progress } from "@igr/files/progress";

/** How pictures are converted to bytes, once, and where the bytes are kept. */
export interface ConversionOptions {
  /**
   * Folder that keeps the converted images. By default `$IGR_DATASETS_CACHE`, else `igr-datasets` in `$IGR_CACHE`, else in the user's
   * cache folder (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
   */
  readonly cacheDir?: string;
  /**
   * Processes that decode pictures at the same time; 0 decodes in this one. By default one per core that this process may
   * use, or 0 where a bundler has left the package without its file for them.
   */
  readonly workers?: number;
  /**
   * Which library decodes: `"sharp"` (an optional peer: JPEG, PNG, WebP), `"javascript"` (jpeg-js, and PNG in this package;
   * it decodes less than half as fast, and a pixel here and there differs by a few units, since JPEG leaves the rounding open), or
   * `"auto"`: sharp where it is installed. Images that are already converted are taken whoever decoded them.
   * By default `"auto"`.
   */
  readonly decoder?: "auto" | "sharp" | "javascript";
  /** Whether the converted bytes are compared with their SHA-256 when they are read. By default true. */
  readonly verify?: boolean;
  /** Called as pictures are converted; never if they already were. */
  readonly onProgress?: (progress: ConversionProgress) => void;
  /** Stops loading; what is converted so far is kept, and the next call goes on from there. */
  readonly signal?: AbortSignal;
}

/** How far a conversion is, in pictures; those of an interrupted one are `done`, too. */
export interface ConversionProgress extends Progress {
  /** Pictures of the whole conversion. */
  readonly total: number;
}
