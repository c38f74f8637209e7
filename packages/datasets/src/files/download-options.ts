import type { Progress } from "@igr/files/progress";

/** How a file is downloaded: `loadMnist({ split: "train", download: { cacheDir: "data" } })`. */
export interface DownloadOptions {
  /**
   * Addresses of folders that hold the four `.gz` files, tried one after the other. By default the mirrors of the data
   * set. Every address, and every one that it redirects to, must be https.
   */
  readonly baseUrl?: string | readonly string[];
  /**
   * Folder that keeps the downloaded files, in a subfolder per data set; Node only. By default `$IGR_DATASETS_CACHE`, else
   * `igr-datasets` in `$IGR_CACHE`, else in the user's cache folder (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`,
   * `%LOCALAPPDATA%`). Browsers keep nothing but what their HTTP cache keeps. Not used when `dir` is given: then the files are
   * kept there.
   */
  readonly cacheDir?: string;
  /** Attempts per file and address, resumed ones included, >= 1. By default 5. */
  readonly attempts?: number;
  /**
   * Milliseconds before the second attempt; doubled before each further one up to 30 s, and shortened by a random
   * part of up to a half. A server's `Retry-After` of up to 60 s comes before it. By default 500.
   */
  readonly retryDelay?: number;
  /** Milliseconds without a byte after which an attempt is given up. By default 30,000. */
  readonly stallTimeout?: number;
  /**
   * Milliseconds for the whole download of a file, with all attempts, addresses and pauses. It fails after that, even if bytes still
   * arrive. By default 3,600,000, an hour.
   */
  readonly totalTimeout?: number;
  /** Allows plain http to `localhost`, `127.0.0.1` and `[::1]`, for tests with a server of their own. By default false. */
  readonly allowInsecureLoopback?: boolean;
  /** Called as bytes arrive. `total` is undefined if the server doesn't tell it. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** How far the download of one file is, in bytes as they come over the network. */
export interface DownloadProgress extends Progress {
  /** Name of the file. */
  readonly file: string;
}
