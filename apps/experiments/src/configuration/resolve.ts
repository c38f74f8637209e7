import { InputError } from "../input-error.js";
import { checkTogether } from "./check.js";
import { defaultsOf } from "./defaults.js";
import { explain } from "./explain.js";
import { kindsOf } from "./kinds.js";
import { mergeLayers } from "./merge.js";
import { presetNamed } from "./presets.js";
import {
  CONFIGURATION_VERSION,
  configurationSchema,
  type PartialConfiguration,
  type RunConfiguration,
} from "./schema.js";

/**
 * The complete configuration from its layers: files, flags and `--set`. Later layers override earlier ones, then the
 * preset that one of them names (`preset: authors`), then the defaults. @throws InputError for a wrong option, saying
 * what it may be, and for an option that the model does not use.
 */
export function resolveConfiguration(...layers: readonly (PartialConfiguration | undefined)[]): RunConfiguration {
  const { preset, ...given } = mergeLayers(...layers);
  checkVersion(given.version);
  if (preset !== undefined && typeof preset !== "string") {
    throw new InputError(`preset must be a name, got ${JSON.stringify(preset)}`);
  }
  const kinds = kindsOf(given);
  const settings = preset === undefined ? {} : presetNamed(preset)(kinds);
  // A preset may choose the binary relaxation of its program.
  const chosen = kindsOf(mergeLayers(given, { latent: { kind: kinds.latent } }, pick(settings)));
  const named = { model: { kind: chosen.model }, latent: { kind: chosen.latent }, data: { name: chosen.data } };
  const known = mergeLayers(settings, given, named);
  const complete = mergeLayers(defaultsOf(chosen, known), settings, withoutKinds(given, named));
  const parsed = configurationSchema.safeParse(complete);
  if (!parsed.success) throw new InputError(explain(configurationSchema, complete, parsed.error));
  checkTogether(parsed.data);
  return parsed.data;
}

/** The kind of latent that a preset chooses, if any. */
function pick(settings: PartialConfiguration): PartialConfiguration {
  const { latent } = settings as { latent?: { kind?: unknown } };
  return latent?.kind === undefined ? {} : { latent: { kind: latent.kind } };
}

/** The given options with resolved kinds: `gs` of structured prediction is `binary-concrete`. */
function withoutKinds(given: Record<string, unknown>, named: PartialConfiguration): Record<string, unknown> {
  const renamed = { ...given };
  for (const [part, kind] of Object.entries(named)) {
    const value = renamed[part];
    if (value === undefined || typeof value !== "object" || value === null) continue;
    renamed[part] = { ...value, ...(kind as object) };
  }
  return renamed;
}

function checkVersion(version: unknown): void {
  if (version === undefined || version === CONFIGURATION_VERSION) return;
  const age = typeof version === "number" && version > CONFIGURATION_VERSION ? "a newer igr" : "another igr";
  throw new InputError(
    `the configuration has version ${JSON.stringify(version)}, which ${age} wrote; this one reads version ${CONFIGURATION_VERSION}`,
  );
}
