// A stand-in for CelebA: drawn faces in the authors' layout, for the whole path from pictures to a table without their files. It is not
// CelebA, and its numbers say nothing about it.
//   node packages/datasets/scripts/celeba-stand-in.mjs FOLDER [COUNT]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import jpeg from "jpeg-js";

const [folder, given = "1000"] = process.argv.slice(2);
const count = Number(given);
if (folder === undefined || !(Number.isInteger(count) && count >= 50)) {
  console.error("usage: celeba-stand-in.mjs FOLDER [COUNT], with a whole number of pictures >= 50");
  process.exit(2);
}

const [WIDTH, HEIGHT] = [178, 218];
const nameOf = (n) => `${String(n).padStart(6, "0")}.jpg`;

/** Numbers in [0, 1) that depend on the picture alone (mulberry32). */
function numbersOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A head with hair, eyes and a mouth on a plain ground. */
function face(seed) {
  const next = numbersOf(seed);
  const between = (low, high) => low + (high - low) * next();
  const ground = [between(40, 220), between(40, 220), between(40, 220)];
  const light = between(0.45, 1);
  const skin = [235 * light, 190 * light, 160 * light];
  const hair = [between(10, 200), between(10, 120), between(5, 60)];
  const [cx, cy] = [89 + between(-8, 8), 118 + between(-8, 8)];
  const [rx, ry] = [between(42, 54), between(56, 70)];
  const smile = between(-10, 10);
  const inside = (x, y, a, b, w, h) => ((x - a) / w) ** 2 + ((y - b) / h) ** 2 < 1;
  const data = Buffer.alloc(WIDTH * HEIGHT * 4, 255);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      let color = ground;
      if (inside(x, y, cx, cy - 14, rx + 12, ry + 14)) color = hair;
      if (inside(x, y, cx, cy + 6, rx, ry)) color = skin;
      if (inside(x, y, cx - 20, cy - 6, 8, 5) || inside(x, y, cx + 20, cy - 6, 8, 5)) color = [30, 30, 40];
      const bend = cy + 38 - (smile * (x - cx) ** 2) / 600;
      if (Math.abs(x - cx) < 20 && Math.abs(y - bend) < 3) color = [150 * light, 40, 50];
      data.set(color.map(Math.round), 4 * (y * WIDTH + x));
    }
  }
  return jpeg.encode({ data, width: WIDTH, height: HEIGHT }, 90).data;
}

const pictures = join(folder, "img_align_celeba");
mkdirSync(pictures, { recursive: true });
const numbers = Array.from({ length: count }, (_, k) => k + 1);
for (const n of numbers) writeFileSync(join(pictures, nameOf(n)), face(n));
/** As in the authors' list: 80 % to train, 10 % for validation, 10 % to test. */
const partOf = (n) => (n <= 0.8 * count ? 0 : n <= 0.9 * count ? 1 : 2);
writeFileSync(join(folder, "list_eval_partition.txt"), numbers.map((n) => `${nameOf(n)} ${partOf(n)}\n`).join(""));
writeFileSync(
  join(folder, "STAND-IN.txt"),
  "Drawn faces in the layout of CelebA; made by celeba-stand-in.mjs. Not CelebA.\n",
);
console.log(`${count} drawn faces are in ${folder}: give it as --data-dir, with --runs of their own.`);
