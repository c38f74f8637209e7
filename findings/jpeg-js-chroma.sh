#!/usr/bin/env bash
# What one would guess: two JPEG decoders differ by a unit or two, since the standard leaves the rounding of the cosine transform open.
# What happens (jpeg-js 0.4.4): that holds where all components have the same size. Where chroma is halved (4:2:0, the default of nearly all
# encoders), jpeg-js repeats its samples, and libjpeg (here through sharp 0.35.5; Pillow has the same pixels) interpolates them: at edges in color the pixels
# differ by more than 100 of 255. `colorTransform: false` gives the components, so that one can interpolate them oneself.
# Exits 0 while this holds, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund jpeg-js@0.4.4 sharp@0.35.5 >/dev/null
cat > check.cjs <<'JS'
const jpeg = require("jpeg-js");
const sharp = require("sharp");
const [width, height] = [48, 32];
// Patches of red and blue, wider than a sample of chroma.
const pixels = Buffer.alloc(width * height * 3);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) pixels[3 * (y * width + x) + ((Math.floor(x / 6) + Math.floor(y / 5)) % 2 ? 2 : 0)] = 255;
}
(async () => {
  const worst = {};
  for (const chromaSubsampling of ["4:4:4", "4:2:0"]) {
    const file = await sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 95, chromaSubsampling }).toBuffer();
    const ours = jpeg.decode(file, { useTArray: true, formatAsRGBA: false }).data;
    const theirs = await sharp(file).raw().toBuffer();
    worst[chromaSubsampling] = ours.reduce((most, v, i) => Math.max(most, Math.abs(v - theirs[i])), 0);
  }
  console.log("jpeg-js 0.4.4 against libjpeg, largest difference of a pixel:", worst);
  process.exit(worst["4:4:4"] <= 4 && worst["4:2:0"] >= 40 ? 0 : 1);
})();
JS
node check.cjs
