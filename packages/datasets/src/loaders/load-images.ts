import { nodeModules } from "@igr/files";
import { notAllowed } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { downloadFile } from "../files/download.js";
import type { DownloadOptions } from "../files/download-options.js";
import { defaultCacheFolder, readFromFolder, writeWholeFile } from "../files/folder.js";
import { type CheckedFile, checkFile, maxPackedBytes, type PublishedFile } from "../files/published-file.js";
import { readAddress } from "../files/read-file.js";
import { ImageDataset } from "../image-dataset.js";

/** Which images to load and where from. */
export interface LoadImagesOptions {
  /** The 60,000 training images or the 10,000 test images. */
  readonly split: "train" | "test";
  /**
   * Folder that holds the IDX files under their published names, unpacked or with `.gz`: a path (relative to the page
   * in a browser), or a URL. By default the data package, or the cache of downloads.
   */
  readonly dir?: string | URL;
  /**
   * Download the files unless `dir`, or the cache of earlier downloads, has them already. By default false, nothing is
   * downloaded.
   */
  readonly download?: boolean | DownloadOptions;
  /**
   * Whether the files of `dir` must be the published ones, byte for byte (SHA-256). With false, any files in the same
   * format serve: any number of images of the same size; the classes have no names then if there is a label that none of the published names is for. Downloads are always checked. By default true.
   */
  readonly verify?: boolean;
  /** Stops loading. */
  readonly signal?: AbortSignal;
}

/** The files of one split. */
export interface SplitFiles {
  readonly images: PublishedFile;
  readonly labels: PublishedFile;
}

/** What a loader knows of its data set. */
export interface ImageSource {
  /** The loader's name, for errors. */
  readonly loader: string;
  /** Name of the data set and of its folder in the cache. */
  readonly name: string;
  readonly classNames: readonly string[];
  readonly files: Readonly<Record<LoadImagesOptions["split"], SplitFiles>>;
  readonly mirrors: readonly string[];
  /** Addresses of the data package's files. */
  readonly packageFiles: () => Promise<Readonly<Record<LoadImagesOptions["split"], { images: URL; labels: URL }>>>;
}

/** Loads both files of a split at once and makes a data set of them. */
export async function loadImages(source: ImageSource, options: LoadImagesOptions): Promise<ImageDataset> {
  const { loader, name, classNames } = source;
  const files = source.files[options.split];
  if (files === undefined) throw notAllowed(loader, "split", options.split, '"train" or "test"', "string");
  // Whichever file fails first, the other one's work stops too.
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const load = async (role: keyof SplitFiles) => {
    try {
      return (await loadFile(source, role, { ...options, signal })).array;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const [images, labels] = await Promise.all([load("images"), load("labels")]);
  const [length, height, width] = images.shape as [number, number, number];
  if (labels.data.length !== length) {
    throw new DatasetError({
      reason: "wrong-shape",
      file: files.labels.name,
      expected: `${length} labels, one per image`,
      found: String(labels.data.length),
    });
  }
  return new ImageDataset({
    name: `${name}/${options.split}`,
    images: images.data,
    labels: labels.data,
    imageShape: [height, width, 1],
    // Other data in the same format, which only `verify: false` lets in, may have other classes.
    classNames: labels.data.every((label) => label < classNames.length) ? classNames : [],
  });
}

async function loadFile(source: ImageSource, role: keyof SplitFiles, options: LoadImagesOptions): Promise<CheckedFile> {
  const { dir, download = false, verify = true, signal } = options;
  const file = source.files[options.split][role];
  if (download !== false) return downloadUnlessKept(source, file, options);
  if (dir !== undefined) {
    const found = await readFromFolder(dir, file, { verify, signal });
    return found ?? missing(file, `${dir}`, "pass download: true to fetch it");
  }
  const url = (await source.packageFiles())[options.split][role];
  const bytes = await readAddress(url, { maxBytes: maxPackedBytes(file, true), signal });
  if (bytes === undefined) {
    return missing(file, url.href, "reinstall the data package, or see that the bundler copies it");
  }
  return checkFile(bytes, file, { source: url.href, verify: true });
}

function missing(file: PublishedFile, place: string, advice: string): never {
  const expected = `${file.name} or ${file.name}.gz`;
  throw new DatasetError({ reason: "not-found", file: place, expected, found: "neither", advice });
}

async function downloadUnlessKept(
  source: ImageSource,
  file: PublishedFile,
  load: LoadImagesOptions,
): Promise<CheckedFile> {
  const { dir, signal, verify = true } = load;
  const options = typeof load.download === "object" ? load.download : {};
  const node = nodeModules();
  const folder =
    node === undefined
      ? undefined
      : (localFolder(dir) ?? node.path.join(options.cacheDir ?? defaultCacheFolder(), source.name));
  if (folder !== undefined) {
    try {
      const kept = await readFromFolder(folder, file, { verify, signal });
      if (kept !== undefined) return kept;
    } catch (error) {
      // Damaged files are fetched again; a folder that can't be read won't keep the new ones either.
      if (!(error instanceof DatasetError) || error.reason === "unreadable") throw error;
    }
  }
  const checked = await downloadFile(file, { options, mirrors: source.mirrors, signal });
  if (folder !== undefined) await writeWholeFile(folder, file.name, checked.bytes);
  return checked;
}

function localFolder(dir: string | URL | undefined): string | undefined {
  if (dir === undefined || typeof dir === "string") return dir;
  if (dir.protocol !== "file:") throw new TypeError(`download: dir must be a folder of the file system, got ${dir}`);
  return nodeModules()?.url.fileURLToPath(dir);
}
