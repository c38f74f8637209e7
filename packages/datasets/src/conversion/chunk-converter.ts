import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { createDecoder, type Decoder, type DecoderName, decodePicture } from "./decoder.js";
import { pictureClaim } from "./picture-claim.js";
import { PictureShaper, type Recipe } from "./picture-shaper.js";
import { type Picture, PictureReader } from "./pictures.js";
import type { DecodedPicture } from "./png.js";

/** Settings that all chunks of a conversion share. */
export interface ChunkSettings {
  /** The archive or folder. */
  readonly origin: string;
  readonly recipe: Recipe;
  readonly decoder: DecoderName;
  /** The file for the pixels. It exists. */
  readonly target: string;
}

/** Consecutive pictures, and the place of their pixels. */
export interface Chunk {
  readonly index: number;
  /** Position in the target file. */
  readonly offset: number;
  readonly pictures: readonly Picture[];
}

/** How many pictures are decoded at a time. */
const AHEAD = 4;
/** Larger files are read alone, and larger pictures are decoded alone, so that memory holds one large picture at a time. */
const [SMALL_BYTES, SMALL_PIXELS] = [2 ** 17, 2 ** 22];

/** The end of the range of pictures, from `i` on, that may be decoded at the same time. */
export function endOfAhead(pictures: readonly Pick<Picture, "bytes">[], i: number): number {
  let end = i + 1;
  const isSmall = (at: number) => (pictures[at] as Picture).bytes <= SMALL_BYTES;
  while (end < Math.min(i + AHEAD, pictures.length) && isSmall(end - 1) && isSmall(end)) end++;
  return end;
}

/** Converts chunks, one after the other, in this process. */
export class ChunkConverter {
  readonly #recipe: Recipe;
  readonly #reader: PictureReader;
  readonly #shaper: PictureShaper;
  readonly #decoder: Decoder;
  readonly #target: FileHandle;

  private constructor(settings: ChunkSettings, decoder: Decoder, target: FileHandle) {
    this.#recipe = settings.recipe;
    this.#reader = new PictureReader(settings.origin);
    this.#shaper = new PictureShaper(settings.recipe);
    this.#decoder = decoder;
    this.#target = target;
  }

  static async create(settings: ChunkSettings): Promise<ChunkConverter> {
    return new ChunkConverter(settings, await createDecoder(settings.decoder), await open(settings.target, "r+"));
  }

  /** Writes the chunk's pixels and returns their SHA-256. @throws DatasetError naming the picture that fails. */
  async convert({ offset, pictures }: Chunk): Promise<string> {
    const recipe = this.#recipe;
    const reader = this.#reader;
    const shaper = this.#shaper;
    const target = this.#target;
    const size = recipe.size[0] * recipe.size[1] * recipe.channels;
    const pixels = new Uint8Array(pictures.length * size);
    const started: Promise<Decoding>[] = [];
    for (const [i, picture] of pictures.entries()) {
      // Threads of sharp decode the next pictures while this thread resizes this one.
      const end = endOfAhead(pictures, i);
      for (let ahead = i + started.length; ahead < end; ahead++) {
        const next = this.#start(pictures[ahead] as Picture);
        next.catch(() => {}); // Whoever awaits the promise gets the error.
        started.push(next);
      }
      const decode = await (started.shift() as Promise<Decoding>);
      const decoded = await decode();
      shaper.write(decoded, pixels.subarray(i * size, (i + 1) * size), reader.fileOf(picture));
    }
    for (let done = 0; done < pixels.length; ) {
      done += (await target.write(pixels, done, pixels.length - done, offset + done)).bytesWritten;
    }
    return createHash("sha256").update(pixels).digest("hex");
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.#target.close();
  }

  /** Reads a picture, and begins to decode it unless it is large. */
  async #start(picture: Picture): Promise<Decoding> {
    // Lets messages and signals through: the decoder in JavaScript never waits.
    await new Promise(setImmediate);
    const bytes = await this.#reader.read(picture);
    return startUnlessLarge(bytes, () => decodePicture(this.#decoder, bytes, this.#reader.fileOf(picture)));
  }
}

/** Gives the pixels of a picture whose decoding has begun, or begins now. */
type Decoding = () => Promise<DecodedPicture>;

/** Begins to decode a picture of at most {@link SMALL_PIXELS}; a larger one waits until its pixels are asked for. */
export function startUnlessLarge(bytes: Uint8Array, decode: Decoding): Decoding {
  if (isLarge(bytes)) return decode;
  const decoded = decode();
  decoded.catch(() => {}); // Whoever awaits the promise gets the error.
  return () => decoded;
}

function isLarge(bytes: Uint8Array): boolean {
  try {
    const { width, height } = pictureClaim(bytes);
    return width * height > SMALL_PIXELS;
  } catch {
    return false; // The decoder rejects it at once.
  }
}
