import { pause } from "@igr/files";
import { notAllowed } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import type { DownloadOptions } from "./download-options.js";
import { type CheckedFile, checkFile, maxPackedBytes, type PublishedFile } from "./published-file.js";
import { Transfer, type TransferOptions, TransientFailure } from "./transfer.js";

/** Options of {@link downloadFile}. */
export interface DownloadFileOptions {
  readonly options: DownloadOptions;
  /** Used where `options.baseUrl` is absent. */
  readonly mirrors: readonly string[];
  readonly signal: AbortSignal | undefined;
}

const MAX_RETRY_DELAY = 30_000;
/** The longest that a timer waits. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * The checked bytes of `file` from the first address that has them. Cut connections and busy servers are tried again,
 * from where they stopped if the server allows it; bytes that fail a check are fetched once more from the start.
 *
 * @throws DatasetError of the address if there is one, else one that lists what happened at each.
 */
export async function downloadFile(
  file: PublishedFile,
  { options, mirrors, signal }: DownloadFileOptions,
): Promise<CheckedFile> {
  const totalTimeout = options.totalTimeout ?? 3_600_000;
  if (!(typeof totalTimeout === "number" && totalTimeout > 0 && totalTimeout <= MAX_TIMEOUT)) {
    throw notAllowed("download", "totalTimeout", totalTimeout, `> 0 and at most ${MAX_TIMEOUT}`, "number");
  }
  const deadline = new AbortController();
  const given = options.baseUrl ?? mirrors;
  const timer = setTimeout(() => deadline.abort(tooSlow(file, given, totalTimeout)), totalTimeout);
  try {
    const both = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    return await downloadFromAny(file, given, options, both);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(file: PublishedFile, given: string | readonly string[], totalTimeout: number): DatasetError {
  const expected = `${file.name} within ${totalTimeout} ms`;
  const advice = "pass a larger totalTimeout";
  return new DatasetError({
    reason: "network",
    file: [given].flat().join(", "),
    expected,
    found: "less of it",
    advice,
  });
}

async function downloadFromAny(
  file: PublishedFile,
  given: string | readonly string[],
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<CheckedFile> {
  const addresses = typeof given === "string" ? [given] : given;
  const failures: DatasetError[] = [];
  for (const address of addresses) {
    try {
      return await downloadFrom(fileAddress(address, file), file, options, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DatasetError)) throw error;
      failures.push(error);
    }
  }
  const last = failures.at(-1);
  if (last === undefined) throw new RangeError("download: baseUrl needs at least one address, got none");
  if (failures.length === 1) throw last;
  throw new DatasetError({
    reason: last.reason,
    file: file.name,
    expected: `the file from one of ${failures.length} addresses`,
    found: failures.map(({ message }) => message).join("; "),
    cause: new AggregateError(failures),
  });
}

function fileAddress(base: string, file: PublishedFile): URL {
  const folder = base.endsWith("/") ? base : `${base}/`;
  if (!URL.canParse(folder)) throw new RangeError(`download: baseUrl must be an absolute URL, got ${base}`);
  return new URL(`${file.name}.gz`, folder);
}

async function downloadFrom(
  url: URL,
  file: PublishedFile,
  options: DownloadOptions,
  signal: AbortSignal | undefined,
): Promise<CheckedFile> {
  const { attempts = 5, retryDelay = 500, onProgress } = options;
  const transferOptions: TransferOptions = {
    maxBytes: maxPackedBytes(file, true),
    stallTimeout: options.stallTimeout ?? 30_000,
    allowInsecureLoopback: options.allowInsecureLoopback ?? false,
    signal,
    onProgress: (done, total) => onProgress?.({ file: file.name, done, total }),
  };
  const transfer = new Transfer(url, transferOptions);
  let failedChecks = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      const bytes = await transfer.attempt();
      try {
        return await checkFile(bytes, file, { source: url.href, verify: true });
      } catch (error) {
        failedChecks += 1;
        if (failedChecks > 1 || attempt >= attempts) throw error;
        transfer.restart();
        throw new TransientFailure((error as Error).message, { cause: error });
      }
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      if (attempt >= attempts) {
        const expected = `the file within ${attempts} attempts`;
        throw new DatasetError({ reason: "network", file: url.href, expected, found: error.message, cause: error });
      }
      const backOff = Math.min(retryDelay * 2 ** (attempt - 1), MAX_RETRY_DELAY) * (1 - Math.random() / 2);
      await pause(error.retryAfter ?? backOff, signal);
    }
  }
}
