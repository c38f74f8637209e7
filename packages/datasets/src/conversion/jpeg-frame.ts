/** Size and colors of a JPEG, by its markers. */
export interface JpegFrame {
  /** 0 if there is no frame. */
  readonly width: number;
  readonly height: number;
  /** One: grey; three: YCbCr or RGB; four: CMYK or YCCK. Empty if there is no frame. */
  readonly components: readonly JpegComponent[];
  /** Whether the three components are red, green and blue. */
  readonly isRgb: boolean;
  /** Whether samples have Huffman codes, as in nearly all files. The other kind is arithmetic coding. */
  readonly isHuffman: boolean;
  /** Position of the transform in Adobe's marker; undefined without one. */
  readonly adobeTransformAt: number | undefined;
}

/** Sampling factors of a component. A component whose factor is half of the largest one has half as many samples on that axis. */
export interface JpegComponent {
  readonly horizontal: number;
  readonly vertical: number;
}

const SCAN = 0xda;
const ADOBE = 0xee;

/**
 * Reads the markers up to the first scan. libjpeg's rules tell RGB from YCbCr: a JFIF marker means YCbCr; else Adobe's marker
 * decides (transform 0 is RGB); else the component ids "R", "G", "B" mean RGB.
 */
export function jpegFrame(bytes: Uint8Array): JpegFrame {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [width, height, ids] = [0, 0, ""];
  let components: JpegComponent[] = [];
  let isJfif = false;
  let isHuffman = false;
  let adobeTransformAt: number | undefined;
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1] as number;
    if (marker === 0xff) {
      at += 1; // A fill byte.
      continue;
    }
    if (marker === SCAN) break;
    const end = at + 2 + file.readUInt16BE(at + 2);
    const body = file.subarray(at + 4, end);
    if (marker === 0xe0 && body.toString("latin1", 0, 5) === "JFIF\0") isJfif = true;
    if (marker === ADOBE && body.length >= 12 && body.toString("latin1", 0, 5) === "Adobe") adobeTransformAt = at + 15;
    if (isFrame(marker) && body.length >= 6) {
      isHuffman = marker < 0xc8;
      [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)];
      const records = Array.from({ length: body[5] as number }, (_, i) => body.subarray(6 + 3 * i, 9 + 3 * i));
      ids = records.map((record) => String.fromCharCode(record[0] ?? 0)).join("");
      components = records.map(([, sampling = 0]) => ({ horizontal: sampling >> 4, vertical: sampling & 15 }));
    }
    at = end;
  }
  const transform = adobeTransformAt === undefined ? undefined : file[adobeTransformAt];
  const isRgb = components.length === 3 && !isJfif && (transform === undefined ? ids === "RGB" : transform === 0);
  return { width, height, components, isRgb, isHuffman, adobeTransformAt };
}

/** Start of a frame: C0 to CF without the tables DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
