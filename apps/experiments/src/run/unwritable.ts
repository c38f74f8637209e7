import { InputError } from "../input-error.js";

/** Remedies for errors of the file system, by their codes. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "there is no space left on the device; make room, then run the same command again",
  EDQUOT: "the quota of disk space is used up; make room, then run the same command again",
  EACCES: "this user may not write there; choose another folder with --runs",
  EPERM: "this user may not write there; choose another folder with --runs",
  EROFS: "the file system is read-only; choose another folder with --runs",
  ENOTDIR: "part of the path is a file; choose another folder with --runs",
  EEXIST: "it is a file; choose another folder with --runs",
};

/** An InputError with a remedy if `error` or its cause says why a file can't be written; otherwise `error` itself. */
export function unwritableError(path: string, error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code = "", path: named } = cause as NodeJS.ErrnoException;
    const remedy = Object.hasOwn(remedies, code) ? remedies[code] : undefined;
    if (remedy !== undefined) return new InputError(`${named ?? path} can't be written: ${remedy}`, { cause: error });
  }
  return error;
}

/** For `catch`: throws {@link unwritableError}. */
export function unwritable(path: string): (error: unknown) => never {
  return (error) => {
    throw unwritableError(path, error);
  };
}
