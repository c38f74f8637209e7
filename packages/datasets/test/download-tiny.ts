import { downloadFile } from "../src/files/download.js";
import type { DownloadOptions } from "../src/files/download-options.js";
import { tiny } from "./tiny-source.js";

/** Downloads the images of {@link tiny} from a server of this machine, with a millisecond between attempts. */
export function downloadTiny(baseUrl: string | string[], options: DownloadOptions = {}, signal?: AbortSignal) {
  const all = { retryDelay: 1, allowInsecureLoopback: true, ...options, baseUrl };
  return downloadFile(tiny.images, { options: all, mirrors: [], signal });
}
