import { type JpegComponent, type JpegFrame, jpegFrame } from "./jpeg-frame.js";
import { type Plane, upsample } from "./jpeg-upsampling.js";
import type { DecodedPicture } from "./png.js";

const ONLY_SHARP = "which only sharp decodes here: install sharp";
/** Adobe's marker of version 100, transform 0. */
const ADOBE_MARKER = Buffer.from("ffee000e41646f626500640000000000", "hex");

/**
 * Decodes a baseline or progressive JPEG by jpeg-js. The pixels are those of libjpeg up to 3 of 255, since each decoder rounds the
 * cosine transform its own way. Where a component has fewer samples, jpeg-js repeats them; this function interpolates them as libjpeg does,
 * and converts the colors itself.
 *
 * @throws Error with the reason.
 */
export async function decodeJpeg(bytes: Uint8Array, maxPixels: number): Promise<DecodedPicture> {
  const { default: jpeg } = await import("jpeg-js");
  const frame = jpegFrame(bytes);
  const isSubsampled =
    new Set(frame.components.map(({ horizontal, vertical }) => `${horizontal} ${vertical}`)).size > 1;
  const decode = (file: Uint8Array, isRaw: boolean) =>
    jpeg.decode(file, {
      useTArray: true,
      formatAsRGBA: false,
      ...(isRaw ? { colorTransform: false } : {}),
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: 2048,
    });
  if (frame.components.length === 4) {
    if (isSubsampled) throw new Error(`a JPEG in CMYK with components of several sizes, ${ONLY_SHARP}`);
    // Pillow reads all CMYK as Adobe's, which is inverted. jpeg-js rejects CMYK without Adobe's marker.
    const marked = frame.adobeTransformAt === undefined ? withAdobeMarker(bytes) : bytes;
    const { width, height, data } = decode(marked, false);
    return { width, height, channels: 3, pixels: data };
  }
  if (frame.components.length !== 3 || !isSubsampled) {
    const { width, height, data } = decode(bytes, frame.isRgb);
    return { width, height, channels: 3, pixels: data };
  }
  const { width, height, data } = decode(withoutTransform(bytes, frame), true);
  const [first, second, third] = planesOf(data, width, height, frame.components);
  return { width, height, channels: 3, pixels: interleave(first, second, third, frame.isRgb) };
}

function withAdobeMarker(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, 2), ADOBE_MARKER, bytes.subarray(2)]);
}

/** The bytes with a transform of 0 in Adobe's marker, so that jpeg-js doesn't convert the colors. */
function withoutTransform(bytes: Uint8Array, { adobeTransformAt }: JpegFrame): Uint8Array {
  if (adobeTransformAt === undefined) return bytes;
  const copy = bytes.slice();
  copy[adobeTransformAt] = 0;
  return copy;
}

type Planes = readonly [Uint8Array, Uint8Array, Uint8Array];

/** The components at full size, from pixels in which samples are repeated. */
function planesOf(data: Uint8Array, width: number, height: number, components: readonly JpegComponent[]): Planes {
  const horizontal = Math.max(...components.map((component) => component.horizontal));
  const vertical = Math.max(...components.map((component) => component.vertical));
  const planes = components.map((component, index) => {
    const [across, down] = [horizontal / component.horizontal, vertical / component.vertical];
    if (!Number.isInteger(across) || !Number.isInteger(down)) {
      // libjpeg rejects such factors, too.
      throw new Error(`a component enlarged by ${across} x ${down}`);
    }
    return upsample(sampled(data, index, width, height, across, down), across, down, width, height);
  });
  return planes as unknown as Planes;
}

/** Every `across`-th pixel of every `down`-th row. */
function sampled(data: Uint8Array, index: number, width: number, height: number, across: number, down: number): Plane {
  const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
  const samples = new Uint8Array(columns * rows);
  for (let y = 0, to = 0; y < rows; y++) {
    let from = 3 * y * down * width + index;
    for (let x = 0; x < columns; x++, from += 3 * across) samples[to++] = data[from] as number;
  }
  return { width: columns, height: rows, samples };
}

// libjpeg's conversion from YCbCr in units of 2^-16.
const [RED, GREEN_BLUE, GREEN_RED, BLUE, HALF] = [91881, 22554, 46802, 116130, 32768];

/** RGB pixels from planes of YCbCr, or of RGB itself. */
function interleave(first: Uint8Array, second: Uint8Array, third: Uint8Array, isRgb: boolean): Uint8Array {
  const pixels = new Uint8ClampedArray(3 * first.length);
  for (let i = 0, to = 0; i < first.length; i++) {
    const [y, cb, cr] = [first[i] as number, second[i] as number, third[i] as number];
    if (isRgb) {
      pixels[to++] = y;
      pixels[to++] = cb;
      pixels[to++] = cr;
      continue;
    }
    const [blue, red] = [cb - 128, cr - 128];
    pixels[to++] = y + ((RED * red + HALF) >> 16);
    pixels[to++] = y + ((HALF - GREEN_BLUE * blue - GREEN_RED * red) >> 16);
    pixels[to++] = y + ((BLUE * blue + HALF) >> 16);
  }
  return new Uint8Array(pixels.buffer);
}
