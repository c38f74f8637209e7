import type { EpochLog } from "@igr/models";
import type { z } from "zod";
import { explain } from "../configuration/explain.js";
import { isObject } from "../configuration/merge.js";
import { CONFIGURATION_VERSION, configurationSchema, type RunConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { nameToNumber } from "./json-numbers.js";
import type { RunMeasures } from "./measures.js";
import type { PictureCaption } from "./pictures.js";
import { environmentSchema, epochSchema, measuresSchema, picturesSchema } from "./record-schema.js";
import { type RunStore, runFiles } from "./store.js";

/** The environment in which a run was computed; `environment.json`. */
export interface RunEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly engine: "jit" | "eager";
  readonly backend: string;
  /** Threads of the compiled engine. */
  readonly threads?: number;
  /** The device of TensorFlow, if it was used. */
  readonly device?: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The commit of the program, if it runs from a clone. */
  readonly commit?: string;
  /** The latent part as in a checkpoint, including the fitted prior. */
  readonly latent: Readonly<Record<string, unknown>>;
  /** The likelihood in words. */
  readonly likelihood: string;
  /** Number of images. */
  readonly images: { readonly training: number; readonly validation: number; readonly test: number };
  /** Wall-clock seconds spent training, over all processes that trained the run. */
  readonly seconds: number;
}

/** Everything known about one run. Parts that do not exist yet are absent. */
export interface RunRecord {
  readonly id: string;
  readonly configuration: RunConfiguration;
  readonly environment?: RunEnvironment;
  /** A log for each epoch. */
  readonly epochs: readonly EpochLog[];
  /** Measurements in order of their epochs; the latest is last. */
  readonly measures: readonly RunMeasures[];
  readonly pictures: readonly PictureCaption[];
}

/**
 * Reads a run.
 * @throws InputError naming the run and the file that is missing, damaged or of another version.
 */
export async function readRun(store: RunStore, id: string): Promise<RunRecord> {
  const text = async (file: string) => {
    const bytes = await store.read(id, file);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  };
  const json = async <T>(file: string, schema: z.ZodType): Promise<T | undefined> => {
    const content = await text(file);
    return content === undefined ? undefined : (checked(store, id, file, schema, content) as T);
  };
  const given = await text(runFiles.configuration);
  if (given === undefined) throw new InputError(`there is no run ${id} in ${store.location}`);
  const lines = ((await text(runFiles.metrics)) ?? "").split("\n").filter((line) => line !== "");
  const environment = await json<RunEnvironment>(runFiles.environment, environmentSchema);
  return {
    id,
    configuration: checkConfiguration(store, id, parse(store, id, runFiles.configuration, given)),
    ...(environment === undefined ? {} : { environment }),
    epochs: lines.map((line) => checked(store, id, runFiles.metrics, epochSchema, line) as EpochLog),
    measures: (await json<RunMeasures[]>(runFiles.measures, measuresSchema)) ?? [],
    pictures: (await json<PictureCaption[]>(runFiles.pictures, picturesSchema)) ?? [],
  };
}

/** The measurement after a number of epochs; absent if there is none. */
export function measuredAt({ measures }: RunRecord, epochs: number): RunMeasures | undefined {
  return measures.find((each) => each.epochs === epochs);
}

function parse(store: RunStore, id: string, file: string, text: string, reviver?: typeof nameToNumber): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    throw new InputError(
      `${store.location}/${id}/${file} is not JSON: ${JSON.stringify(text.slice(0, 60))}; igr runs rm ${id} deletes the run`,
      { cause: error },
    );
  }
}

/** The value in a file, or in a line of it. @throws InputError unless it is JSON of that shape. */
function checked(store: RunStore, id: string, file: string, schema: z.ZodType, text: string): unknown {
  const value = parse(store, id, file, text, nameToNumber);
  const parsed = schema.safeParse(value);
  if (parsed.success) return value;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  const where = path.length === 0 ? "the whole" : path.join(".");
  throw new InputError(
    `${store.location}/${id}/${file} is damaged: ${where}: ${message}; igr runs rm ${id} deletes the run`,
    { cause: parsed.error },
  );
}

function checkConfiguration(store: RunStore, id: string, given: unknown): RunConfiguration {
  const where = `${store.location}/${id}/${runFiles.configuration}`;
  const version = isObject(given) ? given.version : undefined;
  if (version !== CONFIGURATION_VERSION) {
    const whose = Number(version) > CONFIGURATION_VERSION ? "a newer igr" : "another igr";
    throw new InputError(
      `${where} has version ${JSON.stringify(version)}, which ${whose} wrote; this one reads version ${CONFIGURATION_VERSION}`,
    );
  }
  const parsed = configurationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InputError(`${where} is damaged: ${explain(configurationSchema, given, parsed.error)}`);
}
