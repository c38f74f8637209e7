import { positionOf } from "../checkpoint/assign-weights.js";
import type { TrainableModel } from "../model/model.js";

/** The settings that determine the numbers of a run, by name, as JSON. */
export type RunSettings = Readonly<Record<string, unknown>>;

/** Parts of a network's topology that are numbered per process, or matter only for the start of training. */
const INCIDENTAL = new Set(["name", "inbound_nodes", "input_layers", "output_layers", "kernel_initializer"]);

/** A model's config and the shapes of its variables, without names that tf.layers numbers per process. */
export function modelSettings(model: TrainableModel): RunSettings {
  const config = JSON.stringify(model.config(), (key, value) => (INCIDENTAL.has(key) ? undefined : value));
  const variables = model.namedVariables().map(({ name, variable }) => `${positionOf(name)} [${variable.shape}]`);
  return { model: JSON.parse(config), variables };
}

/**
 * A sentence for each setting in which a saved run differs from this one. Runs of older versions, which did not record
 * their data, accept any data.
 */
export function differences(saved: RunSettings, own: RunSettings): string[] {
  const isRecorded = saved.data !== undefined;
  const all = [...new Set([...Object.keys(saved), ...Object.keys(own)])];
  const names = all.filter((name) => isRecorded || !(name === "data" || name === "validationData"));
  return names
    .filter((name) => asText(sorted(saved[name])) !== asText(sorted(own[name])))
    .map((name) => {
      const [was, is] = [asText(saved[name]), asText(own[name])];
      const isShort = was.length + is.length < 200;
      return isShort ? `${name} was ${was}, this run has ${is}` : `it was made with other ${name}`;
    });
}

function asText(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}

/** The same value with sorted properties: the order of a schedule's properties does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}
