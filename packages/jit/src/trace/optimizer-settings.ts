import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";

/** What a tfjs optimizer computes from a setting before it makes a tensor of it. */
const FORMS = {
  itself: (setting: number) => setting,
  negative: (setting: number) => -setting,
  complement: (setting: number) => 1 - setting,
};
type Form = keyof typeof FORMS;

/** Prefix of an input's name, before the name of the setting. */
const PREFIXES: Readonly<Record<Form, string>> = { itself: "", negative: "-", complement: "1-" };

/** Placeholder numbers for the settings while a tfjs optimizer runs; they occur in no formula of tfjs. */
const STAND_INS: Readonly<Record<string, number>> = {
  learningRate: 0.371_094_271,
  beta1: 0.412_876_943,
  beta2: 0.438_217_659,
  epsilon: 0.461_538_127,
  decay: 0.517_283_941,
  rho: 0.543_210_879,
  momentum: 0.573_918_241,
};

/** The optimizers whose `applyGradients` uses the settings above in no other way. */
const TFJS_OPTIMIZERS = [
  tf.SGDOptimizer,
  tf.MomentumOptimizer,
  tf.AdagradOptimizer,
  tf.AdadeltaOptimizer,
  tf.RMSPropOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
];

/** An input of the graph: the current setting of an optimizer at each run, or what the optimizer computes from it. */
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

/** How a trace creates the inputs of settings. */
export interface SettingsTrace {
  /** True for the settings that become inputs. */
  isInput(optimizer: object, setting: string): boolean;
  /** A new input of the graph. */
  input(name: string): Value;
  /** A traced tensor for the input. */
  tensor(value: Value, origin: string): tf.Tensor;
}

/**
 * Makes inputs of optimizers' settings while a function is traced. tfjs reads them as JavaScript numbers, and makes tensors of
 * the numbers, or of their negatives or complements to 1. So while `applyGradients` of one of tfjs' classes runs,
 * placeholder numbers replace the settings, and identify the tensors when they are made.
 */
export class OptimizerSettings {
  readonly inputs: SettingInput[] = [];
  readonly #originals = TFJS_OPTIMIZERS.map(({ prototype }) => ({
    prototype: prototype as unknown as { applyGradients: (gradients: never) => void },
    applyGradients: prototype.applyGradients as (gradients: never) => void,
  }));
  /** The running optimizer, with its replaced settings. */
  #running: { readonly optimizer: Fields; readonly numbers: ReadonlyMap<string, number> } | undefined;
  /** Optimizers whose settings the function itself changed; their inputs are the values at that time. */
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

  /** The input that a number stands for when a tensor is made of it. */
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

  /** From now on the inputs of this optimizer are constants of this trace. */
  freeze(optimizer: object): void {
    this.#unsteady.add(optimizer);
  }

  restore(): void {
    for (const { prototype, applyGradients } of this.#originals) prototype.applyGradients = applyGradients;
  }

  #run(optimizer: Fields, run: () => void): void {
    // A subclass in the program may call the method of tfjs' class.
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

  /**
   * A tensor that replaces `c`. The optimizer uses `c`, which does not change if the learning rate is set without
   * `setLearningRate`.
   */
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
    // The function itself has changed the setting since.
    if (known.length > 0) this.freeze(optimizer);
    const value = this.trace.input(`setting_${this.inputs.length}:${PREFIXES[form]}${setting}`);
    const isSteady = () => !this.#unsteady.has(optimizer);
    const read = () => (isSteady() ? current() : number);
    this.inputs.push({ optimizer, setting, form, value, traced: number, read });
    return value;
  }
}

const numbers = new WeakMap<tf.Tensor, number>();

/** The number of a constant scalar. */
function numberOf(scalar: tf.Tensor): number {
  let number = numbers.get(scalar);
  if (number === undefined) {
    number = scalar.dataSync()[0]!;
    numbers.set(scalar, number);
  }
  return number;
}
