import * as tf from "@tensorflow/tfjs-core";
import type {
  History,
  LayersModel,
  ModelEvaluateArgs,
  ModelFitArgs,
  ModelFitDatasetArgs,
} from "@tensorflow/tfjs-layers";
import type { JitOptions } from "../options.js";
import { UnseededNumbers } from "../trace/unseeded-numbers.js";
import {
  type Batches,
  type NamedTensors,
  rowsOf,
  type Tensors,
  type Validation,
  validationOf,
  watchedBatches,
} from "./batches.js";
import { CompiledSteps } from "./compiled-steps.js";
import { type Batch, batchCallback, listed, type ModelInternals, overlay, trainedModel } from "./layers-model.js";

/** How a model is compiled: the options of {@link jit} that apply to models. */
export interface JitModelOptions extends Omit<JitOptions, "stepsPerCall"> {
  /** The generator of dropout and noise layers. By default they use Math.random, as in eager tfjs. */
  readonly rng?: NonNullable<JitOptions["rng"]>;
}

/**
 * A compiled tf.LayersModel: graphs made by {@link jit} train, predict and evaluate. Methods have the arguments and
 * results of the model's own methods, but return promises.
 *
 * Weights and optimizer belong to the model: `model.save`, `setWeights`, `summary` and `optimizer.getWeights` see each
 * step. `model.compile` and `layer.trainable` between calls have the same effect as in tfjs.
 *
 * @example
 * ```ts
 * const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
 * model.compile({ optimizer: tf.train.adam(0.1), loss: "meanSquaredError" });
 * const compiled = jitModel(model);
 * const { history } = await compiled.fit(tf.randomNormal([64, 2]), tf.zeros([64, 1]), { epochs: 5, verbose: 0 });
 * const prediction = await compiled.predict(tf.ones([1, 2]));
 * await compiled.dispose();
 * ```
 */
export class JitModel {
  readonly #steps: CompiledSteps;

  /** @throws TypeError for a value that is not a tf.LayersModel. */
  constructor(
    readonly model: LayersModel,
    options: JitModelOptions = {},
  ) {
    const isModel = ["fit", "fitDataset", "predict", "evaluate", "trainOnBatch"].every(
      (name) => typeof (model as unknown as Record<string, unknown> | undefined)?.[name] === "function",
    );
    if (!isModel) {
      throw new TypeError(
        "jitModel: expected a tf.LayersModel, as returned by tf.sequential, tf.model and tf.loadLayersModel",
      );
    }
    this.#steps = new CompiledSteps(model, { ...options, rng: options.rng ?? new UnseededNumbers() });
  }

  /** One step on one batch; returns the loss and the metrics. */
  async trainOnBatch(x: NamedTensors, y: NamedTensors): Promise<number | number[]> {
    const inner = trainedModel(this.model);
    const [xs, ys] = await inner.standardizeUserData(x, y);
    const outputs = await this.#steps.run("train", [...xs, ...ys]);
    const numbers = await Promise.all(outputs.map(async (output) => (await output.data())[0]!));
    tf.dispose([outputs, added(xs, x), added(ys, y)]);
    return singleOr(numbers);
  }

  /** Like `model.fit`: class weights, validation, callbacks, shuffling, `history`. */
  async fit(x: NamedTensors, y: NamedTensors, args: ModelFitArgs = {}): Promise<History> {
    const inner = trainedModel(this.model);
    // The loop is that of tfjs. Its steps are synchronous, so a callback before each one runs the compiled step.
    const fitLoop: ModelInternals["fitLoop"] = async (
      _,
      data,
      labels,
      size,
      epochs,
      verbose,
      callbacks,
      test,
      validation,
      ...rest
    ) => {
      const [shuffle = true, ...others] = rest;
      const rows = data[0]!.shape[0]!;
      const batchSize = size ?? DEFAULT_BATCH;
      const order = Array.from({ length: rows }, (_, i) => i);
      let outputs: readonly tf.Tensor[] = [];
      let validated: readonly tf.Tensor[] = [];
      const steps = batchCallback({
        onEpochBegin: async () => {
          if (shuffle === true) tf.util.shuffle(order);
        },
        onBatchBegin: async (batch) => {
          const chosen = order.slice(batch * batchSize, (batch + 1) * batchSize);
          const part = rowsOf(data, chosen);
          outputs = await this.#steps.run("train", part);
          tf.dispose(part as tf.Tensor[]);
          if (!test || (batch + 1) * batchSize < rows) return;
          validated = await this.#steps.means(validation, batchSize);
          // With several outputs tfjs has one number more than names, and uses the first numbers.
          tf.dispose(validated.slice(labels.length));
        },
      });
      const model = overlay(inner, { testLoop: () => validated });
      // In the given order: the rows are chosen above, and tfjs only counts them.
      const counted = tf.zeros([rows]);
      try {
        const given = [...callbacks, steps];
        const order = shuffle === true ? false : shuffle;
        const train = () => outputs;
        return await inner.fitLoop.call(
          model,
          train,
          [counted],
          labels,
          batchSize,
          epochs,
          verbose,
          given,
          test,
          validation,
          order,
          ...others,
        );
      } finally {
        counted.dispose();
      }
    };
    return inner.fit.call(overlay(inner, { fitLoop }), x as tf.Tensor, y as tf.Tensor, args);
  }

  /** Like `model.fitDataset`, for datasets of `{ xs, ys }`. */
  async fitDataset<T>(dataset: Batches, args: ModelFitDatasetArgs<T>): Promise<History> {
    const inner = trainedModel(this.model);
    let outputs: readonly tf.Tensor[] = [];
    let batch: { readonly xs: unknown; readonly ys: unknown } | undefined;
    const step = batchCallback({
      onBatchBegin: async () => {
        const [xs, ys] = [listed(batch!.xs, inner.inputNames), listed(batch!.ys, inner.outputNames)];
        const weights = args.classWeight ? (await inner.standardizeUserData(xs, ys, null, args.classWeight))[2] : null;
        outputs = await this.#steps.run("train", [...xs, ...ys, ...(weights ?? [])]);
        tf.dispose(weights ?? []);
      },
    });
    const watched = watchedBatches(dataset, async (value) => {
      batch = value as typeof batch;
    });
    const { validationData: validation } = args;
    const model = overlay(inner, {
      makeTrainFunction: () => () => outputs,
      evaluateDataset: (data: Batches & Partial<Validation>, options: object) =>
        data.tensors
          ? this.evaluate(data.tensors[0], data.tensors[1], { batchSize: args.validationBatchSize ?? DEFAULT_BATCH })
          : this.evaluateDataset(data, options),
    });
    const rewritten = {
      ...args,
      callbacks: [...callbacksOf(args.callbacks), step],
      ...(Array.isArray(validation) && { validationData: validationOf(validation) }),
    };
    return inner.fitDataset.call(model, watched as never, rewritten as never);
  }

  /** Like `model.predict`, asynchronously. */
  async predict(x: Tensors, args: { readonly batchSize?: number } = {}): Promise<Tensors> {
    const inner = trainedModel(this.model);
    const predictLoop = async (inputs: Batch | tf.Tensor, batchSize: number) =>
      singleOr(await this.#steps.predictions([inputs].flat() as tf.Tensor[], batchSize));
    return inner.predict.call(overlay(inner, { predictLoop }), x, args) as unknown as Promise<Tensors>;
  }

  /** Like `model.evaluate`, asynchronously. */
  async evaluate(x: Tensors, y: Tensors, args: ModelEvaluateArgs = {}): Promise<tf.Scalar | tf.Scalar[]> {
    const inner = trainedModel(this.model);
    const testLoop = async (_: unknown, data: Batch, batchSize: number) =>
      singleOr(await this.#steps.means(data, batchSize));
    return inner.evaluate.call(overlay(inner, { testLoop }), x, y, args) as unknown as Promise<tf.Scalar | tf.Scalar[]>;
  }

  /** Like `model.evaluateDataset`. */
  async evaluateDataset(dataset: Batches, args: { readonly batches?: number } = {}): Promise<tf.Scalar | tf.Scalar[]> {
    const inner = trainedModel(this.model);
    let outputs: readonly tf.Tensor[] = [];
    const watched = watchedBatches(dataset, async (value) => {
      const { xs, ys } = value as { readonly xs: unknown; readonly ys: unknown };
      outputs = await this.#steps.run("test", [...listed(xs, inner.inputNames), ...listed(ys, inner.outputNames)]);
    });
    return inner.evaluateDataset.call(overlay(inner, { testFunction: () => outputs }), watched as never, args);
  }

  /** The compiled graphs: see {@link JittedFunction.summary}. */
  summary(): string {
    return this.#steps.summary();
  }

  /** Frees the compiled graphs, but not the model. */
  dispose(): Promise<void> {
    return this.#steps.dispose();
  }
}

/**
 * Compiles a tf.LayersModel. The resulting {@link JitModel} trains with `fit`, `fitDataset` and `trainOnBatch`,
 * predicts and evaluates like the model, at the speed of {@link jit}.
 * @throws TypeError for a value that is not a tf.LayersModel.
 */
export function jitModel(model: LayersModel, options: JitModelOptions = {}): JitModel {
  return new JitModel(model, options);
}

/** The default of tfjs. */
const DEFAULT_BATCH = 32;

/** tfjs accepts one or several callbacks, or objects with some of their methods. */
function callbacksOf(callbacks: unknown): object[] {
  return (
    Array.isArray(callbacks) ? callbacks : callbacks === undefined || callbacks === null ? [] : [callbacks]
  ) as object[];
}

/** The tensors that tfjs made from its arguments. */
function added(tensors: readonly tf.Tensor[], given: NamedTensors): tf.Tensor[] {
  const known = given instanceof tf.Tensor ? [given] : Object.values(given);
  return tensors.filter((tensor) => !known.includes(tensor));
}

function singleOr<T>(items: readonly T[]): T | T[] {
  return items.length === 1 ? items[0]! : [...items];
}
