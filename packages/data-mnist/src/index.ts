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

/** MNIST: 60,000 training images, 28x28, one unsigned byte per pixel. */
export const trainImages: DataFile = {
  get url() {
    return new URL("../data/train-images-idx3-ubyte.gz", import.meta.url);
  },
  sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  byteLength: 47_040_016,
};

/** MNIST: 60,000 training labels, 0 to 9. */
export const trainLabels: DataFile = {
  get url() {
    return new URL("../data/train-labels-idx1-ubyte.gz", import.meta.url);
  },
  sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  byteLength: 60_008,
};

/** MNIST: 10,000 test images, 28x28, one unsigned byte per pixel. */
export const testImages: DataFile = {
  get url() {
    return new URL("../data/t10k-images-idx3-ubyte.gz", import.meta.url);
  },
  sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  byteLength: 7_840_016,
};

/** MNIST: 10,000 test labels, 0 to 9. */
export const testLabels: DataFile = {
  get url() {
    return new URL("../data/t10k-labels-idx1-ubyte.gz", import.meta.url);
  },
  sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  byteLength: 10_008,
};
