import { DatasetError } from "../dataset-error.js";
import { jpegColors } from "./jpeg-colors.js";
import { type DecodedPicture, decodePng } from "./png.js";

/** Which library decodes pictures; see `ConversionOptions.decoder`. */
export type DecoderName = "sharp" | "javascript";

/** Turns the bytes of a picture file into pixels. */
export interface Decoder {
  /** For the cache's description: "sharp 0.35.5". */
  readonly description: string;
  /** @throws Error with the reason if the bytes are no picture. */
  decode(bytes: Uint8Array): Promise<DecodedPicture>;
}

/** The most pixels of a picture: more than any camera's, few enough that no file of a few bytes fills the memory. */
const MAX_PIXELS = 2 ** 27;

/** The decoder by its name, or sharp where it is installed. @throws Error if sharp is asked for and isn't. */
export async function createDecoder(name: DecoderName | "auto"): Promise<Decoder> {
  if (name === "javascript") return javascriptDecoder();
  try {
    return await sharpDecoder();
  } catch (cause) {
    if (name === "auto" && (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return javascriptDecoder();
    throw new Error(`decoder: sharp can't be loaded (${(cause as Error).message}); pass decoder: "javascript"`, {
      cause,
    });
  }
}

async function sharpDecoder(): Promise<Decoder> {
  // biome-ignore lint/suspicious/noTsIgnore: an error only where the optional peer is absent, as in the installation of `npm start`.
  // @ts-ignore
  const { default: sharp } = await import("sharp");
  // One picture at a time in each process: processes are what spreads over the cores.
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    description: `sharp ${sharp.versions.sharp}`,
    async decode(bytes) {
      // libvips converts CMYK by a profile of its own, where Pillow and jpeg-js use none.
      if (formatOf(bytes) === "JPEG" && jpegColors(bytes).components === 4)
        return (await javascriptDecoder()).decode(bytes);
      const picture = sharp(bytes, { ignoreIcc: true, limitInputPixels: MAX_PIXELS, failOn: "error" })
        .toColourspace("srgb")
        .raw();
      const { data, info } = await picture.toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, channels: info.channels, pixels: data };
    },
  };
}

async function javascriptDecoder(): Promise<Decoder> {
  const { default: jpeg } = await import("jpeg-js");
  return {
    description: "jpeg-js 0.4.4",
    async decode(bytes) {
      const format = formatOf(bytes);
      if (format === "PNG") return decodePng(bytes, MAX_PIXELS);
      if (format !== "JPEG") throw new Error(`a ${format} picture, which only sharp decodes here: install sharp`);
      const { width, height, data } = jpeg.decode(bytes, {
        useTArray: true,
        formatAsRGBA: false,
        ...(jpegColors(bytes).isRgb ? { colorTransform: false } : {}),
        tolerantDecoding: false,
        maxResolutionInMP: MAX_PIXELS / 1e6,
        maxMemoryUsageInMB: 2048,
      });
      return { width, height, channels: 3, pixels: data };
    },
  };
}

/** JPEG, PNG or WebP, by the first bytes. */
function formatOf(bytes: Uint8Array): "JPEG" | "PNG" | "WebP" {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\xff\xd8\xff")) return "JPEG";
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "WebP";
  throw new Error(
    bytes.length === 0 ? "no bytes" : `bytes that begin with ${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`,
  );
}

/** A picture's pixels; `file` is for the error. @throws DatasetError `not-an-image`. */
export async function decodePicture(decoder: Decoder, bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  try {
    return await decoder.decode(bytes);
  } catch (cause) {
    const found = (cause as Error).message;
    throw new DatasetError({
      reason: "not-an-image",
      file,
      expected: "a whole JPEG, PNG or WebP picture",
      found,
      cause,
    });
  }
}
