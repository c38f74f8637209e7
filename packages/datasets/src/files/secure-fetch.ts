import { nodeModules } from "@igr/files";
import { DatasetError } from "../dataset-error.js";

const MAX_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Options of {@link fetchSecurely}. */
export interface SecureFetchOptions {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /** Allows plain http to this machine. */
  readonly allowInsecureLoopback: boolean;
}

/**
 * `fetch` over https only, also after redirects. Node shows each redirect before it is followed.
 * Browsers hide them, so there the last address is checked, before the body is read.
 *
 * @throws DatasetError `insecure`; Error on more than 10 redirects and whatever `fetch` throws.
 */
export async function fetchSecurely(address: URL, options: SecureFetchOptions): Promise<Response> {
  const { headers, signal, allowInsecureLoopback } = options;
  const redirect = nodeModules() === undefined ? "follow" : "manual";
  let url = address;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkSecure(url, address, allowInsecureLoopback);
    const response = await fetch(url, { headers, signal, redirect, credentials: "omit" });
    const location = response.headers.get("location");
    if (redirect === "manual" && REDIRECTS.includes(response.status) && location !== null) {
      response.body?.cancel().catch(() => {});
      url = new URL(location, url);
      continue;
    }
    if (response.redirected) checkSecure(new URL(response.url), address, allowInsecureLoopback);
    return response;
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

function checkSecure(url: URL, address: URL, allowInsecureLoopback: boolean): void {
  if (url.protocol === "https:") return;
  if (allowInsecureLoopback && url.protocol === "http:" && LOOPBACK.includes(url.hostname)) return;
  const found = url === address ? url.protocol : `a redirect to ${url.href}`;
  throw new DatasetError({ reason: "insecure", file: address.href, expected: "https", found });
}
