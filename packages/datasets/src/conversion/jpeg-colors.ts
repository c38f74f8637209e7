/** What a JPEG's markers say about its colors. */
export interface JpegColors {
  /** 1: grey, 3: YCbCr or RGB, 4: CMYK or YCCK; 0 if there is no frame. */
  readonly components: number;
  /** Whether the three components are red, green and blue themselves. */
  readonly isRgb: boolean;
}

const SCAN = 0xda;
const ADOBE = 0xee;

/**
 * Reads the markers up to the first scan. As libjpeg decides it: a JFIF marker means YCbCr; else Adobe's marker (transform 0: RGB)
 * decides; else the component ids "R", "G", "B".
 */
export function jpegColors(bytes: Uint8Array): JpegColors {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [components, ids] = [0, ""];
  let isJfif = false;
  let transform: number | undefined;
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
    if (marker === ADOBE && body.length >= 12 && body.toString("latin1", 0, 5) === "Adobe") transform = body[11];
    if (isFrame(marker) && body.length >= 6) {
      components = body[5] as number;
      ids = Array.from({ length: components }, (_, i) => String.fromCharCode(body[6 + 3 * i] ?? 0)).join("");
    }
    at = end;
  }
  const isRgb = components === 3 && !isJfif && (transform === undefined ? ids === "RGB" : transform === 0);
  return { components, isRgb };
}

/** Start of a frame: C0 to CF without the tables DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
