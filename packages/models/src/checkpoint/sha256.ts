/**
 * SHA-256 in hexadecimal digits, by the Web Crypto API of Node and browsers.
 * @throws Error, naming `owner`, in an insecure page, where browsers do not offer it.
 */
export async function sha256(owner: string, content: Uint8Array | string): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new Error(`${owner}: hashes are checked by Web Cryptography, which a page has on https or localhost alone`);
  }
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const hash = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
