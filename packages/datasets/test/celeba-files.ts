import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jpegBytes } from "./pictures.js";
import { type TestEntry, zipBytes } from "./zip-bytes.js";

/** Name of the n-th face, from 1. */
export function faceName(n: number): string {
  return `${String(n).padStart(6, "0")}.jpg`;
}

/** Archive entries of `count` different faces, with the folder's own and those that macOS adds. */
export function faceEntries(count: number): TestEntry[] {
  return [
    { name: "img_align_celeba/", bytes: new Uint8Array(), stored: true },
    ...Array.from({ length: count }, (_, i) => ({
      name: `img_align_celeba/${faceName(i + 1)}`,
      bytes: jpegBytes(178, 218, i + 1),
      stored: true,
    })),
    { name: "__MACOSX/img_align_celeba/._000001.jpg", bytes: Uint8Array.of(0) },
  ];
}

/** Writes what the authors publish, small: the first 70 % to train, then 20 % for validation, then 10 % to test. */
export async function writeCelebA(dir: string, count: number, entries = faceEntries(count)): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const part = (n: number) => (n <= 0.7 * count ? 0 : n <= 0.9 * count ? 1 : 2);
  await writeFile(join(dir, "img_align_celeba.zip"), zipBytes(entries, { zip64: true }));
  await writeFile(join(dir, "list_eval_partition.txt"), numbers.map((n) => `${faceName(n)} ${part(n)}\n`).join(""));
  const attributes = numbers.map((n) => `${faceName(n)}  ${n % 2 ? " 1" : "-1"} ${n % 3 ? " 1" : "-1"}\r\n`);
  await writeFile(join(dir, "list_attr_celeba.txt"), `${count}\r\nBald Smiling \r\n${attributes.join("")}`);
}
