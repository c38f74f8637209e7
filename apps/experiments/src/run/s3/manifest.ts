import { type Holder, parseHolder } from "../holder.js";

/**
 * The contents of a run, in the object `<run>/run.json`. Each write puts a new object and then this one, on the
 * condition that it has not changed. A takeover changes it, so the last step of a write by the former holder fails,
 * however late it is.
 */
export interface Manifest {
  readonly holder?: Holder | undefined;
  /** Objects by the names of the run's files. */
  readonly files: Readonly<Record<string, string>>;
  /** Objects by paths in the folder of checkpoints. */
  readonly checkpoints: Readonly<Record<string, string>>;
}

export const MANIFEST = "run.json";

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** @throws SyntaxError unless the text is a manifest. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const { holder, files, checkpoints } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Manifest>;
  return {
    ...(holder ? { holder: parseHolder(JSON.stringify(holder)) } : {}),
    files: files ?? {},
    checkpoints: checkpoints ?? {},
  };
}
