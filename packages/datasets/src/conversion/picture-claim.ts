import { jpegFrame } from "./jpeg-frame.js";
import { pngHeader, pngPasses, pngUnpackedBytes } from "./png-header.js";

/** Format and size of a picture, by its header. */
export interface PictureClaim {
  readonly format: "JPEG" | "PNG" | "WebP";
  readonly width: number;
  readonly height: number;
}

/** The most pixels of a picture. Above it Pillow warns of a decompression bomb (`Image.MAX_IMAGE_PIXELS`). */
export const MAX_PIXELS = 89_478_485;
/** A byte of deflated data unpacks to at most this many bytes. */
const DEFLATE_RATIO = 1032;
/**
 * The most pixels per byte of a JPEG with Huffman codes. Each block of 64 samples takes at least one bit, and the components of a frame have at least
 * half as many samples as it has pixels.
 */
const JPEG_RATIO = 1024;

/**
 * Reads the header of a picture, and rejects a size that a file of so few bytes can't have. A decoder would allocate memory for the whole
 * picture before it finds that data are missing.
 *
 * @throws Error with the reason.
 */
export function pictureClaim(bytes: Uint8Array): PictureClaim {
  const format = pictureFormat(bytes);
  if (format === "WebP") return checked({ format, ...webpSize(bytes) });
  if (format === "PNG") {
    const header = pngHeader(bytes);
    const claim = checked({ format, width: header.width, height: header.height });
    return possible(claim, pngUnpackedBytes(pngPasses(header)) <= DEFLATE_RATIO * bytes.length, bytes);
  }
  const { width, height, isHuffman } = jpegFrame(bytes);
  const claim = checked({ format, width, height });
  return possible(claim, !isHuffman || width * height <= JPEG_RATIO * bytes.length, bytes);
}

/** JPEG, PNG or WebP, by the first bytes. @throws Error if it is none of them. */
export function pictureFormat(bytes: Uint8Array): PictureClaim["format"] {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\xff\xd8\xff")) return "JPEG";
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "WebP";
  throw new Error(
    bytes.length === 0 ? "no bytes" : `bytes that begin with ${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`,
  );
}

function checked(claim: PictureClaim): PictureClaim {
  const { width, height } = claim;
  if (width > 0 && height > 0 && width * height <= MAX_PIXELS) return claim;
  throw new Error(`a header of ${width}x${height} pixels, of which at most ${MAX_PIXELS} are decoded`);
}

function possible(claim: PictureClaim, isPossible: boolean, bytes: Uint8Array): PictureClaim {
  if (isPossible) return claim;
  const { width, height, format } = claim;
  throw new Error(`a header of ${width}x${height} pixels, more than ${bytes.length} bytes of ${format} can hold`);
}

/** Width and height by the first chunk: the canvas (VP8X), a lossless (VP8L) or a lossy frame (VP8). */
function webpSize(bytes: Uint8Array): { width: number; height: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 30) throw new Error(`cut after ${file.length} bytes`);
  const chunk = file.toString("latin1", 12, 16);
  if (chunk === "VP8X") return { width: 1 + file.readUIntLE(24, 3), height: 1 + file.readUIntLE(27, 3) };
  if (chunk === "VP8L") {
    const sizes = file.readUInt32LE(21);
    return { width: 1 + (sizes & 0x3fff), height: 1 + ((sizes >> 14) & 0x3fff) };
  }
  if (chunk === "VP8 ") return { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff };
  throw new Error(`a first chunk ${JSON.stringify(chunk)}`);
}
