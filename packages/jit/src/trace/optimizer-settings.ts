import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";

/** What an optimizer of tfjs computes of a setting before it makes a tensor of it. */
const FORMS = {
  itself: (setting: number) => setting,
  negative: (setting: number) => -setting,
  complement: (setting: number) => 1 - setting,
};
type Form = keyof typeof FORMS;

/** What stands in an input's name before the setting's. */
const PREFIXES: Readonly<Record<Form, string>> = { itself: "", negative: "-", complement: "1-" };

/** Numbers that stand for the settings while an optimizer of tfjs runs; no formula of tfjs has them. */
const STAND_INS: Readonly<Record<string, number>> = {
  learningRate: 0.371_094_271,
  beta1: 0.412_876_943,
  beta2: 0.438_217_659,
  epsilon: 0.461_538_127,
  decay: 0.517_283_941,
  rho: 0.543_210_879,
  momentum: 0.573_918_241,
};

/** The optimizers whose `applyGradients` makes nothing else of the settings above. */
const TFJS_OPTIMIZERS = [
  tf.SGDOptimizer,
  tf.MomentumOptimizer,
  tf.AdagradOptimizer,
  tf.AdadeltaOptimizer,
  tf.RMSPropOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
];

/** An input of the graph: a setting of an optimizer as it is at each run, or what the optimizer computes of it. */
export interface SettingInput {
  readonly optimizer: object;
  readonly setting: string;
  readonly form: Form;
  readonly value: Value;
  /** The number at the time of the trace. */
  readonly traced: number;
  /** The number for the next run. */
  read(): number;
}

/** An optimizer's fields; tf.SGDOptimizer, and tf.MomentumOptimizer with it, multiplies by the tensor `c`, minus the learning rate. */
type Fields = Record<string, unknown> & { c?: tf.Tensor };

/** What a trace gives for the inputs of the settings. */
export interface SettingsTrace {
  /** True for the settings that are to be inputs. */
  isInput(optimizer: object, setting: string): boolean;
  /** A new input of the graph. */
  input(name: string): Value;
  /** A traced tensor for it. */
  tensor(value: Value, origin: string): tf.Tensor;
}

/**
 * Makes inputs of optimizers' settings while a function is traced. tfjs reads them as JavaScript numbers, and makes tensors of
 * the numbers, or of their negatives or complements to 1. So while `applyGradients` of one of tfjs' classes runs, other
 * numbers stand in the settings' places, by which the tensors are known when they are made.
 */
export class OptimizerSettings {
  readonly inputs: SettingInput[] = [];
  readonly #originals = TFJS_OPTIMIZERS.map(({ prototype }) => ({
    prototype: prototype as unknown as { applyGradients: (gradients: never) => void },
    applyGradients: prototype.applyGradients as (gradients: never) => void,
  }));
  /** The optimizer that runs, with the settings whose places are taken. */
  #running: { readonly optimizer: Fields; readonly numbers: ReadonlyMap<string, number> } | undefined;
  /** Optimizers whose settings the function itself changed: the inputs are what they were then. */
  readonly #unsteady = new Set<object>();

  /** @param before Called with each optimizer that is about to run. */
  constructor(
    readonly trace: SettingsTrace,
    readonly before: (optimizer: object) => void,
  ) {
    const settings = this;
    for (const { prototype, applyGradients } of this.#originals) {
      prototype.applyGradients = function (this: object, gradients) {
        settings.#run(this as Fields, () => applyGradients.call(this, gradients));
      };
    }
  }

  /** The input behind a number of which a tensor is made. */
  valueOf(number: number): Value | undefined {
    if (!this.#running) return undefined;
    const { optimizer, numbers } = this.#running;
    for (const [setting, traced] of numbers) {
      for (const form of Object.keys(FORMS) as Form[]) {
        if (number === Math.fround(FORMS[form](STAND_INS[setting]!))) {
          return this.#input(optimizer, setting, form, traced);
        }
      }
    }
    return undefined;
  }

  /** From here on the inputs of this optimizer are the numbers of this trace. */
  freeze(optimizer: object): void {
    this.#unsteady.add(optimizer);
  }

  restore(): void {
    for (const { prototype, applyGradients } of this.#originals) prototype.applyGradients = applyGradients;
  }

  #run(optimizer: Fields, run: () => void): void {
    // A subclass of the program's own may call the method of tfjs' class.
    if (this.#running) {
      run();
      return;
    }
    this.before(optimizer);
    const numbers = new Map<string, number>();
    for (const [setting, standIn] of Object.entries(STAND_INS)) {
      const number = optimizer[setting];
      if (typeof number !== "number" || !this.trace.isInput(optimizer, setting)) continue;
      numbers.set(setting, number);
      if (!(setting === "learningRate" && optimizer.c)) optimizer[setting] = standIn;
    }
    const factor = optimizer.c;
    if (factor && numbers.has("learningRate")) optimizer.c = this.#factor(optimizer, factor);
    this.#running = { optimizer, numbers };
    try {
      run();
    } finally {
      this.#running = undefined;
      for (const [setting, number] of numbers) optimizer[setting] = number;
      if (factor) optimizer.c = factor;
    }
  }

  /** A tensor in the place of `c`: what counts is that one, which a learning rate that is set past `setLearningRate` leaves as it is. */
  #factor(optimizer: Fields, factor: tf.Tensor): tf.Tensor {
    const traced = numberOf(factor);
    const value = this.#input(optimizer, "learningRate", "negative", -traced, () =>
      optimizer.c ? numberOf(optimizer.c) : traced,
    );
    return this.trace.tensor(value, "learningRate");
  }

  #input(
    optimizer: Fields,
    setting: string,
    form: Form,
    traced: number,
    current = () => FORMS[form](optimizer[setting] as number),
  ): Value {
    const known = this.inputs.filter(
      (input) => input.optimizer === optimizer && input.setting === setting && input.form === form,
    );
    const number = FORMS[form](traced);
    const same = known.find((input) => input.traced === number);
    if (same) return same.value;
    // The function itself has changed it since.
    if (known.length > 0) this.freeze(optimizer);
    const value = this.trace.input(`setting_${this.inputs.length}:${PREFIXES[form]}${setting}`);
    const isSteady = () => !this.#unsteady.has(optimizer);
    const read = () => (isSteady() ? current() : number);
    this.inputs.push({ optimizer, setting, form, value, traced: number, read });
    return value;
  }
}

const numbers = new WeakMap<tf.Tensor, number>();

/** The number of a scalar that nobody writes to. */
function numberOf(scalar: tf.Tensor): number {
  let number = numbers.get(scalar);
  if (number === undefined) {
    number = scalar.dataSync()[0]!;
    numbers.set(scalar, number);
  }
  return number;
}
