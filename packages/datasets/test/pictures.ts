import { crc32, deflateSync } from "node:zlib";
import jpeg from "jpeg-js";

const made = new Map<string, Uint8Array>();

/** A smooth picture whose colors depend on `seed`, as JPEG. There are 23, since each takes a while to encode. */
export function jpegBytes(width: number, height: number, seed: number): Uint8Array {
  const id = `${width} ${height} ${seed % 23}`;
  const bytes = made.get(id) ?? encode(width, height, seed % 23);
  made.set(id, bytes);
  return bytes;
}

function encode(width: number, height: number, seed: number): Uint8Array {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      data[i] = (255 * x) / width;
      data[i + 1] = (255 * y) / height;
      data[i + 2] = (seed * 37) % 256;
    }
  }
  return jpeg.encode({ width, height, data }, 95).data;
}

/** What the header of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: number;
  readonly interlace?: number;
}

/** A PNG of rows that begin with their filter's number. */
export function pngBytes(header: PngHeader, rows: Uint8Array, palette?: Uint8Array): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(header.width, 0);
  head.writeUInt32BE(header.height, 4);
  head.set([header.depth, header.color, 0, 0, header.interlace ?? 0], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    ...(palette === undefined ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
