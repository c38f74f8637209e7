import { crc32, inflateSync } from "node:zlib";

/** Pixels as they come out of a picture file. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha. */
  readonly channels: number;
  /** Row by row, channels last. */
  readonly pixels: Uint8Array;
}

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Decodes a PNG (ISO/IEC 15948) that isn't interlaced: every color type and depth; of 16 bits the upper 8 stay, a palette's
 * transparency is left out. The checksum of each chunk is compared, and never more is unpacked than the header's size needs.
 *
 * @throws Error with the reason.
 */
export function decodePng(bytes: Uint8Array, maxPixels: number): DecodedPicture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG signature");
  const chunks = readChunks(file);
  const header = chunks.find(({ type }) => type === "IHDR")?.data;
  if (header === undefined || header.length !== 13 || chunks[0]?.type !== "IHDR") throw new Error("no IHDR chunk");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, color, compression, filter, interlace] = header.subarray(8) as unknown as number[];
  if (!DEPTHS[color as number]?.includes(depth as number) || compression !== 0 || filter !== 0) {
    throw new Error(`color type ${color} of depth ${depth}`);
  }
  if (interlace !== 0) throw new Error("an interlaced PNG, which only sharp decodes here: install sharp");
  if (width === 0 || height === 0 || width * height > maxPixels) throw new Error(`${width}x${height} pixels`);

  const samples = SAMPLES[color as number] as number;
  const row = Math.ceil((width * samples * (depth as number)) / 8);
  const expected = height * (row + 1);
  const packed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const raw = inflateSync(packed, { maxOutputLength: expected });
  if (raw.length !== expected) throw new Error(`${raw.length} unpacked bytes instead of ${expected}`);
  const lines = unfilter(raw, height, row, Math.max(1, (samples * (depth as number)) >> 3));
  const values = unpackSamples(lines, { width: width * samples, height, row, depth: depth as number });
  if (color === 3) return { width, height, channels: 3, pixels: lookUp(values, paletteOf(chunks)) };
  if (color === 0 && (depth as number) < 8) {
    const scale = 255 / (2 ** (depth as number) - 1);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * scale;
  }
  return { width, height, channels: samples, pixels: values };
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

/** Undoes the filter of each row, whose number is the row's first byte. */
function unfilter(raw: Uint8Array, height: number, row: number, pixelBytes: number): Uint8Array {
  const lines = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const type = raw[y * (row + 1)] as number;
    if (type > 4) throw new Error(`filter ${type}`);
    const from = y * (row + 1) + 1;
    const to = y * row;
    for (let x = 0; x < row; x++) {
      const left = x < pixelBytes ? 0 : (lines[to + x - pixelBytes] as number);
      const up = y === 0 ? 0 : (lines[to + x - row] as number);
      const corner = x < pixelBytes || y === 0 ? 0 : (lines[to + x - row - pixelBytes] as number);
      lines[to + x] = (raw[from + x] as number) + predict(type, left, up, corner);
    }
  }
  return lines;
}

function predict(type: number, left: number, up: number, corner: number): number {
  if (type === 0) return 0;
  if (type === 1) return left;
  if (type === 2) return up;
  if (type === 3) return (left + up) >> 1;
  // Paeth: the neighbour nearest to left + up - corner, in this order.
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

interface PackedRows {
  /** Samples of a row. */
  readonly width: number;
  readonly height: number;
  /** Bytes of a row. */
  readonly row: number;
  /** Bits of a sample. */
  readonly depth: number;
}

/** One byte per sample. */
function unpackSamples(lines: Uint8Array, { width, height, row, depth }: PackedRows): Uint8Array {
  if (depth === 8) return lines;
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = lines[y * row + (bit >> 3)] as number;
      values[y * width + x] = depth === 16 ? byte : (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return values;
}

function paletteOf(chunks: readonly Chunk[]): Uint8Array {
  const palette = chunks.find(({ type }) => type === "PLTE")?.data;
  if (palette === undefined || palette.length % 3 !== 0) throw new Error("no palette");
  return palette;
}

function lookUp(values: Uint8Array, palette: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const at = 3 * (values[i] as number);
    if (at >= palette.length) throw new Error("a color that the palette lacks");
    pixels.set(palette.subarray(at, at + 3), 3 * i);
  }
  return pixels;
}
