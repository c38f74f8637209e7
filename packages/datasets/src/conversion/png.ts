import { crc32, inflateSync } from "node:zlib";
import { type PngHeader, type PngPass, pngHeader, pngPasses, pngUnpackedBytes } from "./png-header.js";

/** Decoded pixels of a picture file. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha. */
  readonly channels: number;
  /** Row by row, channels last. */
  readonly pixels: Uint8Array;
}

/** Some encoders write bytes after the last row. Up to so many are ignored, as libpng ignores them. */
const MAX_SURPLUS = 2 ** 16;

/**
 * Decodes a PNG (ISO/IEC 15948) of any color type and depth, interlaced or not. 16 bits are cut to the upper 8. Transparency of a palette or
 * of a single color is ignored. Each chunk's checksum is compared. The header bounds how much is unpacked.
 *
 * @throws Error with the reason.
 */
export function decodePng(bytes: Uint8Array, maxPixels: number): DecodedPicture {
  const header = pngHeader(bytes);
  const { width, height, color, samples } = header;
  if (width === 0 || height === 0 || width * height > maxPixels) throw new Error(`${width}x${height} pixels`);
  const chunks = readChunks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const palette = color === 3 ? paletteOf(chunks) : undefined;
  const passes = pngPasses(header);
  const rows = unpack(chunks, pngUnpackedBytes(passes));
  const channels = palette === undefined ? samples : 3;
  const pixels = new Uint8Array(width * height * channels);
  let at = 0;
  for (const pass of passes) {
    const end = at + pass.height * (pass.rowBytes + 1);
    const part = rows.subarray(at, end);
    unfilter(part, pass, Math.max(1, (samples * header.depth) >> 3));
    place(part, pass, header, palette, pixels);
    at = end;
  }
  return { width, height, channels, pixels };
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function readChunks(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > file.length) throw new Error(`cut after ${file.length} bytes`);
    const length = file.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > file.length) throw new Error(`cut after ${file.length} bytes`);
    const type = file.toString("latin1", at + 4, at + 8);
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) throw new Error(`wrong CRC of ${type}`);
    chunks.push({ type, data: file.subarray(at + 8, end - 4) });
    if (type === "IEND") return chunks;
    at = end;
  }
}

function paletteOf(chunks: readonly Chunk[]): Uint8Array {
  const palette = chunks.find(({ type }) => type === "PLTE")?.data;
  if (palette === undefined || palette.length % 3 !== 0) throw new Error("no palette");
  return palette;
}

/** The filtered rows. @throws Error unless there are `expected` bytes, or a few more. */
function unpack(chunks: readonly Chunk[], expected: number): Buffer {
  const packed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  let rows: Buffer;
  try {
    rows = inflateSync(packed, { maxOutputLength: expected + MAX_SURPLUS });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw cause;
    throw new Error(`more than ${MAX_SURPLUS} unpacked bytes beyond ${expected}`, { cause });
  }
  if (rows.length < expected) throw new Error(`${rows.length} unpacked bytes instead of ${expected}`);
  return rows.subarray(0, expected);
}

/** Undoes the filter of each row in place. The row's first byte is the number of its filter. */
function unfilter(rows: Uint8Array, { height, rowBytes }: PngPass, pixelBytes: number): void {
  const stride = rowBytes + 1;
  for (let y = 0; y < height; y++) {
    const type = rows[y * stride] as number;
    if (type > 4) throw new Error(`filter ${type}`);
    if (type === 0) continue;
    const from = y * stride + 1;
    for (let x = from; x < from + rowBytes; x++) {
      const isFirst = x < from + pixelBytes;
      const left = isFirst ? 0 : (rows[x - pixelBytes] as number);
      const up = y === 0 ? 0 : (rows[x - stride] as number);
      const corner = isFirst || y === 0 ? 0 : (rows[x - stride - pixelBytes] as number);
      rows[x] = (rows[x] as number) + predict(type, left, up, corner);
    }
  }
}

function predict(type: number, left: number, up: number, corner: number): number {
  if (type === 1) return left;
  if (type === 2) return up;
  if (type === 3) return (left + up) >> 1;
  // Paeth: the neighbor nearest to left + up - corner, in this order.
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

/** Writes the pixels of a pass to their places, one byte a channel. */
function place(
  rows: Uint8Array,
  { left, top, stepX, stepY, width, height, rowBytes }: PngPass,
  { width: fullWidth, depth, color, samples }: PngHeader,
  palette: Uint8Array | undefined,
  pixels: Uint8Array,
): void {
  const channels = palette === undefined ? samples : 3;
  const mask = 2 ** depth - 1;
  // Grey of 1, 2 or 4 bits is scaled to 0 ... 255.
  const scale = color === 0 && depth < 8 ? 255 / mask : 1;
  for (let row = 0; row < height; row++) {
    const from = row * (rowBytes + 1) + 1;
    const target = ((top + row * stepY) * fullWidth + left) * channels;
    if (depth === 8 && stepX === 1 && palette === undefined) {
      pixels.set(rows.subarray(from, from + rowBytes), target);
      continue;
    }
    for (let sample = 0; sample < width * samples; sample++) {
      const bit = sample * depth;
      const byte = rows[from + (bit >> 3)] as number;
      // The upper byte of 16 bits comes first.
      const value = depth >= 8 ? byte : (byte >> (8 - depth - (bit & 7))) & mask;
      const pixel = Math.floor(sample / samples);
      const to = target + pixel * stepX * channels + (sample - pixel * samples);
      if (palette === undefined) {
        pixels[to] = value * scale;
        continue;
      }
      if (3 * value >= palette.length) throw new Error("a color that the palette lacks");
      pixels[to] = palette[3 * value] as number;
      pixels[to + 1] = palette[3 * value + 1] as number;
      pixels[to + 2] = palette[3 * value + 2] as number;
    }
  }
}
