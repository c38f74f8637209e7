/** One gzip-compressed IDX file of this package. */
export interface DataFile {
  /**
   * Where the file lies: a `file:` address in Node, the address of the asset where a bundler copied it.
   * @throws TypeError in a bundle that is a script or CommonJS: it has no address (`import.meta.url`) to start from.
   */
  readonly url: URL;
  /** SHA-256 of the unpacked bytes, in hexadecimal. The packed bytes depend on the program that packed them. */
  readonly sha256: string;
  /** Number of unpacked bytes, the IDX header included. */
  readonly byteLength: number;
}

/** Fashion-MNIST: 60,000 training images, 28x28, one unsigned byte per pixel. */
export const trainImages: DataFile = {
  get url() {
    return new URL("../data/train-images-idx3-ubyte.gz", import.meta.url);
  },
  sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  byteLength: 47_040_016,
};

/** Fashion-MNIST: 60,000 training labels, 0 to 9. */
export const trainLabels: DataFile = {
  get url() {
    return new URL("../data/train-labels-idx1-ubyte.gz", import.meta.url);
  },
  sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  byteLength: 60_008,
};

/** Fashion-MNIST: 10,000 test images, 28x28, one unsigned byte per pixel. */
export const testImages: DataFile = {
  get url() {
    return new URL("../data/t10k-images-idx3-ubyte.gz", import.meta.url);
  },
  sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  byteLength: 7_840_016,
};

/** Fashion-MNIST: 10,000 test labels, 0 to 9. */
export const testLabels: DataFile = {
  get url() {
    return new URL("../data/t10k-labels-idx1-ubyte.gz", import.meta.url);
  },
  sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  byteLength: 10_008,
};
