import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { temporaryFolder } from "./temporary-folder.js";

/** A temporary folder of files by their paths. */
export async function folderOf(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const dir = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), bytes);
  }
  return dir;
}

/** A picture of one color. */
export async function plain(width: number, height: number, background: string, format: "png" | "webp" = "png") {
  return sharp({ create: { width, height, channels: 4, background } })
    .toFormat(format, { lossless: true })
    .toBuffer();
}
