import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** A batch as in tfjs-layers: inputs, targets, and weights of the samples or null. */
export type Batch = readonly (tf.Tensor | null)[];

/** The parts of tf.LayersModel that are not public: test/layers-contract.test.ts. */
export interface ModelInternals {
  readonly optimizer_: unknown;
  readonly lossFunctions: unknown;
  readonly metricsTensors: unknown;
  readonly collectedTrainableWeights: unknown;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly outputs: readonly unknown[];
  readonly testFunction: (data: Batch) => tf.Tensor[];
  readonly fitLoop: FitLoop;
  makeTestFunction(): void;
  makeTrainFunction(): (data: Batch) => tf.Tensor[];
  call(inputs: readonly tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[];
  standardizeUserData(
    x: unknown,
    y: unknown,
    sampleWeight?: null,
    classWeight?: unknown,
  ): Promise<[tf.Tensor[], tf.Tensor[], tf.Tensor[] | null]>;
}

/** The callbacks of `fitLoop`. */
interface BatchCallback {
  setParams(): void;
  setModel(): void;
  onTrainBegin(): Promise<void>;
  onTrainEnd(): Promise<void>;
  onEpochBegin(): Promise<void>;
  onEpochEnd(): Promise<void>;
  onBatchBegin(batch: number): Promise<void>;
  onBatchEnd(): Promise<void>;
}

type FitLoop = (
  this: object,
  train: (data: Batch) => readonly tf.Tensor[],
  data: Batch,
  labels: readonly string[],
  batchSize: number | undefined,
  epochs: number | undefined,
  verbose: number | undefined,
  callbacks: readonly object[],
  test: ((data: Batch) => readonly tf.Tensor[]) | null,
  validation: Batch,
  shuffle: boolean | "batch" | undefined,
  ...rest: unknown[]
) => Promise<unknown>;

type Loops = Pick<LayersModel, "fit" | "fitDataset" | "predict" | "evaluate" | "evaluateDataset">;

/** The model that trains: a tf.Sequential delegates to a model inside. */
export function trainedModel(model: LayersModel): Loops & ModelInternals {
  const { model: inner } = model as unknown as { readonly model?: LayersModel };
  return (inner ?? model) as unknown as Loops & ModelInternals;
}

/** A proxy of the model with other methods; writes go to the model. */
export function overlay<M extends object>(model: M, methods: Readonly<Record<string, unknown>>): M {
  return new Proxy(model, {
    get: (target, name, receiver) =>
      typeof name === "string" && name in methods ? methods[name] : Reflect.get(target, name, receiver),
  });
}

/** A callback with only the given methods. */
export function batchCallback(methods: Partial<BatchCallback>): BatchCallback {
  const nothing = async () => {};
  return {
    setParams: () => {},
    setModel: () => {},
    ...{ onTrainBegin: nothing, onTrainEnd: nothing, onEpochBegin: nothing, onEpochEnd: nothing },
    ...{ onBatchBegin: nothing, onBatchEnd: nothing },
    ...methods,
  };
}

/** A tensor, an array of tensors, or tensors by name. */
export function listed(values: unknown, names: readonly string[]): tf.Tensor[] {
  if (Array.isArray(values)) return values as tf.Tensor[];
  const byName = values as Record<string, tf.Tensor>;
  return names.every((name) => name in byName) ? names.map((name) => byName[name]!) : [values as tf.Tensor];
}
