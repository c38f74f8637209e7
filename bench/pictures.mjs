/**
 * Pictures per second that @igr/datasets converts, compared with the decoder alone: `count` generated JPEGs of CelebA's
 * size (178x218), from an archive to 64x64x3, in one process and in one process per core.
 * `node bench/pictures.mjs [count] [repeats]`, after a
 * build. Wall-clock times, the best of all repeats, because other load of the machine can only slow them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { loadImageFolder } from "@igr/datasets";
import { machineInWords } from "@igr/experiments/machine";
import jpeg from "jpeg-js";
import sharp from "sharp";

const count = Number(process.argv[2] ?? 4096);
const repeats = Number(process.argv[3] ?? 5);
const cores = availableParallelism();
const folder = mkdtempSync(join(tmpdir(), "igr-pictures-"));

try {
  const pictures = await makePictures(32);
  const archive = join(folder, "pictures.zip");
  const kilobytes = pictures.reduce((sum, bytes) => sum + bytes.length, 0) / pictures.length / 1000;
  writeFileSync(archive, zip(Array.from({ length: count }, (_, i) => pictures[i % pictures.length])));
  console.log(`${machineInWords()}, sharp ${sharp.versions.sharp}, jpeg-js 0.4.4`);
  console.log(`${count} JPEGs of 178x218, ${kilobytes.toFixed(1)} kB on average; the fastest of ${repeats}`);
  sharp.concurrency(1);
  const decodeWithSharp = (bytes) => sharp(bytes, { failOn: "error" }).toColourspace("srgb").raw().toBuffer();
  const decodeWithJpeg = (bytes) =>
    jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false });
  const few = Math.ceil(count / 8);
  await row("sharp alone, one picture at a time", count, () => each(pictures, count, decodeWithSharp));
  await row(`sharp alone, ${cores} pictures at a time`, count, () =>
    Promise.all(Array.from({ length: cores }, () => each(pictures, Math.ceil(count / cores), decodeWithSharp))),
  );
  await row("@igr/datasets with sharp, in this process", count, () => convert({ workers: 0, decoder: "sharp" }));
  await row(`@igr/datasets with sharp, ${cores} processes`, count, () => convert({ workers: cores, decoder: "sharp" }));
  await row("jpeg-js alone", few, () => each(pictures, few, decodeWithJpeg));
  await row(`@igr/datasets with jpeg-js, ${cores} processes`, count, () =>
    convert({ workers: cores, decoder: "javascript" }),
  );

  async function convert(options) {
    const cacheDir = mkdtempSync(join(folder, "cache-"));
    await loadImageFolder({ dir: archive, size: 64, crop: 178, cacheDir, ...options });
    rmSync(cacheDir, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function each(pictures, times, decode) {
  for (let i = 0; i < times; i++) await decode(pictures[i % pictures.length]);
}

async function row(name, pictures, work) {
  let best = 0;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await work();
    best = Math.max(best, (1000 * pictures) / (performance.now() - start));
  }
  console.log(`${name.padEnd(46)} ${best.toFixed(0).padStart(6)} pictures/s`);
}

/** Waves with noise, so that the files are about as large as those of faces. */
function makePictures(number) {
  const [width, height] = [178, 218];
  return Promise.all(
    Array.from({ length: number }, (_, n) => {
      const pixels = new Uint8Array(width * height * 3);
      let word = n + 1;
      for (let i = 0; i < pixels.length; i++) {
        word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
        const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
        pixels[i] = 128 + 60 * Math.sin((x + n) / 17 + (i % 3)) + 50 * Math.cos(y / 23 + n) + (word >>> 28);
      }
      return sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 85 })
        .toBuffer();
    }),
  );
}

/** An archive of stored entries, as CelebA's is. */
function zip(files) {
  const parts = [];
  const directory = [];
  let position = 0;
  for (const [i, bytes] of files.entries()) {
    const name = Buffer.from(`${String(i).padStart(6, "0")}.jpg`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(position, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, name);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, name, bytes);
    position += 30 + name.length + bytes.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    8,
  );
  end.writeUInt32LE(position, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from("PK\x05\x06", "latin1"), end]);
}
