import { DatasetError } from "../dataset-error.js";
import { decodeJpeg } from "./jpeg.js";
import { jpegFrame } from "./jpeg-frame.js";
import { MAX_PIXELS, pictureClaim, pictureFormat } from "./picture-claim.js";
import { type DecodedPicture, decodePng } from "./png.js";

/** Which library decodes pictures; see `ConversionOptions.decoder`. */
export type DecoderName = "sharp" | "javascript";

/** Turns the bytes of a picture file into pixels. */
export interface Decoder {
  /** For the cache's description: "sharp 0.35.5". */
  readonly description: string;
  /** @throws Error with the reason if the bytes aren't a picture. */
  decode(bytes: Uint8Array): Promise<DecodedPicture>;
}

/** The decoder by its name, or sharp where it is installed. @throws Error if sharp is asked for and isn't installed. */
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
  // One picture at a time in each process: there is a process for each core.
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    description: `sharp ${sharp.versions.sharp}`,
    async decode(bytes) {
      const isCmyk = pictureFormat(bytes) === "JPEG" && jpegFrame(bytes).components.length === 4;
      const picture = sharp(bytes, { ignoreIcc: true, limitInputPixels: MAX_PIXELS, failOn: "error" });
      // libvips would convert CMYK by a profile of its own.
      const colors = isCmyk ? picture.pipelineColourspace("cmyk").toColourspace("cmyk") : picture.toColourspace("srgb");
      const { data, info } = await colors.raw().toBuffer({ resolveWithObject: true });
      const { width, height, channels } = info;
      return isCmyk
        ? { width, height, channels: 3, pixels: rgbOfCmyk(data) }
        : { width, height, channels, pixels: data };
    },
  };
}

/** RGB of CMYK by Pillow's formula, without a profile. */
function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - (cmyk[from + 3] as number);
    for (let color = 0; color < 3; color++) {
      // light * (1 - ink / 255), rounded without a division.
      const product = (cmyk[from + color] as number) * light + 128;
      pixels[to++] = light - (((product >> 8) + product) >> 8);
    }
  }
  return pixels;
}

function javascriptDecoder(): Decoder {
  return {
    description: "jpeg-js 0.4.4",
    async decode(bytes) {
      const format = pictureFormat(bytes);
      if (format === "PNG") return decodePng(bytes, MAX_PIXELS);
      if (format === "JPEG") return decodeJpeg(bytes, MAX_PIXELS);
      throw new Error(`a ${format} picture, which only sharp decodes here: install sharp`);
    },
  };
}

/** A picture's pixels; `file` is for the error. @throws DatasetError `not-an-image`. */
export async function decodePicture(decoder: Decoder, bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  try {
    pictureClaim(bytes);
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
