/** What the IHDR chunk of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** 0: grey, 2: RGB, 3: palette, 4: grey and alpha, 6: RGB and alpha. */
  readonly color: number;
  readonly isInterlaced: boolean;
  /** Samples of a pixel. */
  readonly samples: number;
}

/** A part of an interlaced picture: every `stepX`-th pixel from `left` on in every `stepY`-th row from `top` on. */
export interface PngPass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  /** Pixels of a row, and rows. */
  readonly width: number;
  readonly height: number;
  /** Bytes of a row without its filter. */
  readonly rowBytes: number;
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
/** The passes of Adam7: left, top, and the steps across and down. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The header of a PNG (ISO/IEC 15948). @throws Error with the reason. */
export function pngHeader(bytes: Uint8Array): PngHeader {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG signature");
  if (file.length < 33) throw new Error(`cut after ${file.length} bytes`);
  if (file.readUInt32BE(8) !== 13 || file.toString("latin1", 12, 16) !== "IHDR") throw new Error("no IHDR chunk");
  const [depth, color, compression, filter, interlace] = file.subarray(24, 29) as unknown as PngBytes;
  const isKnown = DEPTHS[color]?.includes(depth) && compression === 0 && filter === 0 && interlace <= 1;
  if (!isKnown) throw new Error(`color type ${color} of depth ${depth}`);
  return {
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    depth,
    color,
    isInterlaced: interlace === 1,
    samples: SAMPLES[color] as number,
  };
}

type PngBytes = readonly [number, number, number, number, number];

/** The passes in which a picture is stored; one if it isn't interlaced. */
export function pngPasses({ width, height, depth, samples, isInterlaced }: PngHeader): PngPass[] {
  const grids = isInterlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return grids
    .map(([left, top, stepX, stepY]) => {
      const columns = Math.ceil((width - left) / stepX);
      const rowBytes = Math.ceil((columns * samples * depth) / 8);
      return { left, top, stepX, stepY, width: columns, height: Math.ceil((height - top) / stepY), rowBytes };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Bytes of all rows with their filters. */
export function pngUnpackedBytes(passes: readonly PngPass[]): number {
  return passes.reduce((sum, { height, rowBytes }) => sum + height * (rowBytes + 1), 0);
}
