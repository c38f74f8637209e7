import * as tf from "@tensorflow/tfjs-core";
import { Adam } from "../prior/adam.js";
import type { PriorObjective } from "../prior/prior-objective.js";
import type { Rng } from "../random/rng.js";
import { type CompiledFunction, runOnce } from "./compiled-function.js";
import { categoriesOf, draw } from "./draw.js";
import { type Family, readPresent, tensorOf } from "./family.js";
import type { Fit } from "./fit.js";
import { makeObjective } from "./objective.js";
import type { DiscreteTarget } from "./target.js";

/** Progress of {@link approximate}. */
export interface ApproximateProgress {
  /** Number of finished steps, from 1. */
  readonly step: number;
  /** Total number of steps. */
  readonly steps: number;
  /** The objective over the samples of this step. */
  readonly loss: number;
  /** The relaxation after this step, where the option `measureEvery` asks for it. */
  readonly fit?: Fit;
}

/**
 * Interval in milliseconds at which the loop yields to timers and signals, which steps on the CPU would otherwise
 * block.
 */
const turnEvery = 20;

/** Options for training a family. */
export interface TrainSettings {
  readonly rng: Rng;
  readonly steps: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly objective: PriorObjective;
  readonly compile: (f: (...inputs: tf.Tensor[]) => tf.Tensor[]) => CompiledFunction;
  readonly onCap: "error" | "warn" | "ignore";
  readonly onProgress: ((progress: ApproximateProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** Steps between two measurements; Infinity for none. */
  readonly measureEvery: number;
  /** Measures the family as it is after `step` steps. */
  readonly measure: (step: number) => Promise<Fit>;
}

/**
 * Runs steps of Adam on the family's parameters, in place, and returns the loss of each step. If the samples of a step
 * need more categories than there are, the family grows and the step is repeated.
 */
export async function train(family: Family, target: DiscreteTarget, settings: TrainSettings): Promise<number[]> {
  const { steps, learningRate, compile } = settings;
  const optimizers: Adam[] = [];
  const losses: number[] = [];
  let step = compile(stepOf(family, target, settings));
  let hasWarned = settings.onCap === "ignore";
  let turned = performance.now();
  try {
    while (losses.length < steps) {
      if (performance.now() - turned > turnEvery) {
        await new Promise((resolve) => setTimeout(resolve));
        turned = performance.now();
      }
      settings.signal?.throwIfAborted();
      const [loss, passing, ...gradients] = await runOnce(step, family.trained.map(tensorOf));
      const count = passing?.[0] as number;
      if (count > 0 && family.grow?.()) {
        await step.dispose?.();
        step = compile(stepOf(family, target, settings));
        continue;
      }
      if (count > 0 && !hasWarned) {
        hasWarned = true;
        actOnCap(family, count, settings);
      }
      for (const [index, { values, isFixed }] of family.trained.entries()) {
        if (isFixed) continue;
        // Blocks that were added later have their own step counter.
        optimizers[index] ??= new Adam(values.length, learningRate);
        optimizers[index].update(values, Float64Array.from(gradients[index] as Float32Array));
      }
      losses.push(loss?.[0] as number);
      const progress = { step: losses.length, steps, loss: losses.at(-1) as number };
      const fit = progress.step % settings.measureEvery === 0 ? await settings.measure(progress.step) : undefined;
      settings.onProgress?.(fit ? { ...progress, fit } : progress);
    }
  } finally {
    await step.dispose?.();
  }
  return losses;
}

/** Parameters to loss, number of samples that need more categories, and gradients. */
function stepOf(family: Family, target: DiscreteTarget, { rng, samples, objective }: TrainSettings) {
  const loss = makeObjective(objective, target, readPresent(family, categoriesOf));
  return (...inputs: tf.Tensor[]): tf.Tensor[] => {
    let passing: tf.Tensor | undefined;
    const { value, grads } = tf.valueAndGrads((...parameters: tf.Tensor[]) => {
      const relaxed = family.distribution(family.parameters(parameters));
      const drawn = draw(relaxed, rng, samples);
      passing = tf.keep(drawn.passing);
      return loss(drawn.z, relaxed);
    })(inputs);
    return [value, passing as tf.Tensor, ...grads];
  };
}

function actOnCap(family: Family, count: number, { samples, onCap }: TrainSettings): void {
  const cap = family.trained.reduce((sum, { values }) => sum + values.length, 0) / 2;
  const message = `approximate: ${count} of ${samples} samples need more than the cap of ${cap} coordinates`;
  if (onCap === "error") {
    throw new RangeError(`${message}; raise cap, lower rho, or pass onCap: 'warn' to cut them there`);
  }
  console.warn(`${message}, and are cut there`);
}
