import { DatasetError } from "../dataset-error.js";

/** The error of a loader whose data package can't be imported, or doesn't know where its files are. */
export function missingPackage(loader: string, name: string, cause: unknown): DatasetError {
  const { message, code } = cause as Error & { readonly code?: unknown };
  const file = name;
  const others = "pass dir (a folder with the IDX files) or download: true";
  if (code === "ERR_INVALID_URL" || /invalid (base )?url/i.test(message)) {
    return new DatasetError({
      reason: "not-found",
      file,
      expected: "the address of its files, import.meta.url",
      found: "none, as in a bundle that is a script or CommonJS",
      advice: `leave ${name} out of the bundle (esbuild: --external:${name}), or ${others}`,
      owner: loader,
      cause,
    });
  }
  return new DatasetError({
    reason: "not-found",
    file,
    expected: "the package with the data",
    found: message,
    advice: `install ${name}, or ${others}`,
    owner: loader,
    cause,
  });
}
