import { InputError } from "../input-error.js";
import { valueAt } from "./assignment.js";
import { type DatasetName, datasetNames } from "./data-schema.js";
import { binaryLatents, categoricalLatents, type LatentConfiguration } from "./latent-schema.js";
import type { ModelConfiguration } from "./model-schema.js";
import type { PartialConfiguration } from "./schema.js";

export const modelKinds = ["discrete-vae", "joint-vae", "structured-prediction", "mixture"] as const;
export const latentKinds = [...categoricalLatents, ...binaryLatents] as const;

/** The three choices that determine the options and their defaults. */
export interface Kinds {
  readonly model: ModelConfiguration["kind"];
  readonly latent: LatentConfiguration["kind"];
  readonly data: DatasetName;
}

/** Structured prediction has layers of bits, so it uses the binary form of a latent part. */
const binaryForm: Readonly<Record<string, LatentConfiguration["kind"]>> = {
  igr: "binary-igr",
  gs: "binary-concrete",
  categorical: "binary",
};

/**
 * Reads the choices from an incomplete configuration.
 * @throws InputError for an unknown name.
 */
export function kindsOf(configuration: PartialConfiguration): Kinds {
  const choose = <Name extends string>(path: string, names: readonly Name[], absent: Name): Name => {
    const value = valueAt(configuration, path);
    if (value === undefined) return absent;
    if ((names as readonly unknown[]).includes(value)) return value as Name;
    throw new InputError(`${path} must be ${listed(names)}, got ${JSON.stringify(value)}`);
  };
  const model = choose("model.kind", modelKinds, "discrete-vae");
  const isBinary = model === "structured-prediction";
  const absent = isBinary ? "binary-igr" : model === "mixture" ? "igr-sb" : "igr";
  const latent = choose("latent.kind", latentKinds, absent);
  const data = choose("data.name", datasetNames, "mnist");
  return { model, latent: isBinary ? (binaryForm[latent] ?? latent) : latent, data };
}

/** `a, b or c` */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
