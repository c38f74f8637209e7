import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainableModel } from "../model/model.js";
import { clipGradients, type GradientClipping } from "./gradient-clipping.js";
import { LEARNING_RATE, type ScheduledInputs } from "./scheduled-inputs.js";
import type { WeightAverage } from "./weight-average.js";

export interface TrainingStepOptions {
  readonly optimizer: tf.Optimizer;
  readonly noise: Rng;
  readonly scheduled: ScheduledInputs;
  readonly clipping: GradientClipping | undefined;
  readonly average: WeightAverage | undefined;
}

/**
 * One update: `(x, schedules) -> [loss, ...terms]`, each a mean over the images, with the regularizers' penalties last.
 * `termNames` has their names after the step has run or was traced. It reads no tensor values.
 */
export function trainingStep(
  model: TrainableModel,
  { optimizer, noise, scheduled, clipping, average }: TrainingStepOptions,
): { readonly step: (x: tf.Tensor, ...schedules: tf.Tensor[]) => tf.Tensor; readonly termNames: readonly string[] } {
  const variables = model.trainableVariables;
  const unit = scheduled.has(LEARNING_RATE) ? learningRateOf(optimizer) : undefined;
  const termNames: string[] = [];
  const step = (x: tf.Tensor, ...schedules: tf.Tensor[]): tf.Tensor => {
    const values = scheduled.named(schedules);
    let means: tf.Tensor | undefined;
    const { value, grads } = optimizer.computeGradients(() => {
      const terms = model.elbo(x, noise, { training: true, scheduled: values });
      const objective = model.lossOf(terms, values);
      const regularization = model.regularization?.();
      const loss = (regularization ? tf.add(objective, regularization) : objective) as tf.Scalar;
      const entries = Object.entries<tf.Tensor>(regularization ? { ...terms, regularization } : terms);
      termNames.splice(0, Number.POSITIVE_INFINITY, "loss", ...entries.map(([name]) => name));
      // computeGradients returns only the cost and frees all other tensors.
      means = tf.keep(tf.stack([loss, ...entries.map(([, term]) => tf.mean(term))]));
      return loss;
    }, variables);
    // A copy that belongs to the caller's scope, like the other results.
    const result = tf.clone(means!);
    means!.dispose();
    tf.tidy(() => {
      const found = variables.flatMap(({ name }) => grads[name] ?? []);
      const used = clipping ? clipGradients(found, clipping) : found;
      let next = 0;
      const named = variables.map(({ name }) => ({ name, tensor: (grads[name] && used[next++]) as tf.Tensor }));
      const rate = values[LEARNING_RATE];
      if (rate === undefined || unit === undefined) optimizer.applyGradients(named);
      else applyAtRate(optimizer, named, variables, tf.div(rate, unit));
      average?.update();
    });
    tf.dispose([value, grads]);
    return result;
  };
  return { step, termNames };
}

/**
 * The optimizer's step, scaled by `factor`. In tfjs the learning rate is a number, which would be a constant in a
 * compiled step. Every tfjs optimizer adds an update proportional to it; applied to zeros, the result is exactly that
 * update.
 */
function applyAtRate(
  optimizer: tf.Optimizer,
  gradients: { name: string; tensor: tf.Tensor }[],
  variables: readonly tf.Variable[],
  factor: tf.Tensor,
): void {
  const before = variables.map((variable) => tf.clone(variable));
  for (const variable of variables) variable.assign(tf.zerosLike(variable));
  optimizer.applyGradients(gradients);
  for (const [i, variable] of variables.entries()) {
    variable.assign(tf.add(before[i]!, tf.mul(factor, tf.clone(variable))));
  }
}

/** @throws TypeError if the optimizer has no learning rate for a schedule to replace. */
function learningRateOf(optimizer: tf.Optimizer): number {
  const { learningRate } = optimizer.getConfig();
  if (typeof learningRate !== "number" || !(learningRate > 0)) {
    throw new TypeError(
      `fit: schedules.learningRate needs an optimizer with a learning rate > 0, ${optimizer.getClassName()} has ${learningRate}`,
    );
  }
  return learningRate;
}
