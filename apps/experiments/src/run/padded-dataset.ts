import { ImageDataset } from "@igr/datasets";

/** The same images in the middle of a black square of `side` pixels; smaller ones than the images are refused by their size. */
export function paddedTo(side: number, dataset: ImageDataset): ImageDataset {
  const [height, width, channels] = dataset.imageShape;
  const top = Math.floor((side - height) / 2);
  const left = Math.floor((side - width) / 2);
  if (top < 0 || left < 0) {
    throw new RangeError(`paddedTo: side must be at least that of the images, ${height}x${width}, got ${side}`);
  }
  const images = new Uint8Array(dataset.length * side * side * channels);
  const row = width * channels;
  for (let image = 0; image < dataset.length; image += 1) {
    for (let y = 0; y < height; y += 1) {
      const from = image * dataset.imageSize + y * row;
      const to = ((image * side + top + y) * side + left) * channels;
      images.set(dataset.images.subarray(from, from + row), to);
    }
  }
  const { name, labels, classNames } = dataset;
  return new ImageDataset({ name, images, labels, classNames, imageShape: [side, side, channels] });
}
