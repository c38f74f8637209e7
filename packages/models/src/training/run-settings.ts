import { positionOf } from "../checkpoint/assign-weights.js";
import type { TrainableModel } from "../model/model.js";

/** What decides the numbers of a run, by name, as JSON. */
export type RunSettings = Readonly<Record<string, unknown>>;

/** Of a network's topology, what a process counts up, or what only the start of training depends on. */
const INCIDENTAL = new Set(["name", "inbound_nodes", "input_layers", "output_layers", "kernel_initializer"]);

/** A model's config and the shapes of its variables, without names that tf.layers counts up over a process. */
export function modelSettings(model: TrainableModel): RunSettings {
  const config = JSON.stringify(model.config(), (key, value) => (INCIDENTAL.has(key) ? undefined : value));
  const variables = model.namedVariables().map(({ name, variable }) => `${positionOf(name)} [${variable.shape}]`);
  return { model: JSON.parse(config), variables };
}

/** A sentence for each setting in which a saved run differs from this one. */
export function differences(saved: RunSettings, own: RunSettings): string[] {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(own)])];
  return names
    .map((name) => ({ name, was: asText(saved[name]), is: asText(own[name]) }))
    .filter(({ was, is }) => was !== is)
    .map(({ name, was, is }) => {
      const isShort = was.length + is.length < 200;
      return isShort ? `${name} was ${was}, this run has ${is}` : `it was made with other ${name}`;
    });
}

function asText(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}
