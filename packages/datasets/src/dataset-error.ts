/**
 * What went wrong with a file of a data set:
 *
 * | reason | meaning |
 * | --- | --- |
 * | `not-found` | neither the file nor its `.gz` form is there, or the data package isn't installed |
 * | `unreadable` | the operating system refused to read or write |
 * | `bad-gzip` | the bytes begin as gzip does, but can't be unpacked |
 * | `bad-header` | not an IDX file of the expected type (for `.npz`, not an array of unsigned bytes) |
 * | `wrong-shape` | sizes other than the data set has |
 * | `truncated` | fewer bytes than the header promises |
 * | `trailing-bytes` | more bytes than the header promises, or bytes after the end of a gzip file |
 * | `wrong-hash` | the hash of a file differs from the published one, or from the one of the conversion |
 * | `too-large` | more bytes, packed or unpacked, than the file can have |
 * | `network` | the download failed after all attempts, or at its deadline |
 * | `insecure` | an address, or one that it redirects to, isn't https |
 * | `bad-zip` | not a zip archive, or a cut or damaged one |
 * | `wrong-crc` | the checksum of an entry of an archive is wrong |
 * | `unsafe-name` | an entry's name leads out of the archive's folder |
 * | `duplicate-name` | two entries of one name |
 * | `empty-class` | the folder of a class has no pictures |
 * | `not-an-image` | the bytes aren't a picture, or the picture is damaged |
 * | `bad-mat` | not a MAT-file of version 5, a cut or damaged one, or one with numbers that aren't pixels or labels |
 * | `bad-list` | a text file (partition, attributes) that can't be read, or names other images than there are |
 * | `busy` | another program converts the same images right now |
 */
export type DatasetErrorReason =
  | "not-found"
  | "unreadable"
  | "bad-gzip"
  | "bad-header"
  | "wrong-shape"
  | "truncated"
  | "trailing-bytes"
  | "wrong-hash"
  | "too-large"
  | "network"
  | "insecure"
  | "bad-zip"
  | "wrong-crc"
  | "unsafe-name"
  | "duplicate-name"
  | "empty-class"
  | "not-an-image"
  | "bad-mat"
  | "bad-list"
  | "busy";

/** The parts of a {@link DatasetError}. */
export interface DatasetErrorDetails {
  /** The kind of fault, for programs. */
  readonly reason: DatasetErrorReason;
  /** Name, path or address of the file. */
  readonly file: string;
  /** What was expected of the file. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What the user can do about it. */
  readonly advice?: string | undefined;
  /** The loader: "loadMnist". By default none is named. */
  readonly owner?: string | undefined;
  /** The error that this one explains. */
  readonly cause?: unknown;
}

/**
 * A file of a data set is missing, damaged, or not what it claims to be.
 * The message reads `LOADER: FILE: expected ..., found ...`; programs branch on `reason`.
 */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
  /** The kind of fault, for programs. */
  readonly reason: DatasetErrorReason;
  /** Name, path or address of the file. */
  readonly file: string;
  /** What was expected of the file. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What the user can do about it. */
  readonly advice: string | undefined;
  /** The loader that was called. */
  readonly owner: string | undefined;

  constructor({ reason, file, expected, found, advice, owner, cause }: DatasetErrorDetails) {
    const message = `${owner === undefined ? "" : `${owner}: `}${file}: expected ${expected}, found ${found}${advice === undefined ? "" : `; ${advice}`}`;
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.file = file;
    this.expected = expected;
    this.found = found;
    this.advice = advice;
    this.owner = owner;
  }
}

/** Runs a loader and puts its name into every DatasetError. */
export async function ownedBy<T>(owner: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatasetError) || error.owner !== undefined) throw error;
    const { reason, file, expected, found, advice, cause } = error;
    throw new DatasetError({ reason, file, expected, found, advice, owner, cause });
  }
}
