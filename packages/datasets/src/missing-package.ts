import { DatasetError } from "./dataset-error.js";

/** The error of a loader whose data package can't be imported. */
export function missingPackage(loader: string, name: string, cause: unknown): DatasetError {
  return new DatasetError({
    reason: "not-found",
    file: `${loader}: ${name}`,
    expected: "the package with the data",
    found: (cause as Error).message,
    advice: `install ${name}, or pass dir (a folder with the IDX files) or download: true`,
    cause,
  });
}
