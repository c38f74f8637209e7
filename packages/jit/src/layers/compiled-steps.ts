import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type JittedFunction, jit } from "../jit.js";
import type { JitOptions } from "../options.js";
import { type Batch, type ModelInternals, trainedModel } from "./layers-model.js";

/** What is compiled of a model: a step of training, the loss and metrics of a batch, the outputs. */
type Kind = "train" | "test" | "predict";

/** The compiled functions of a tf.LayersModel, each made at its first call and anew after `model.compile`. */
export class CompiledSteps {
  readonly #compiled = new Map<Kind, JittedFunction<[Batch], tf.Tensor[]>>();
  /** What the functions were compiled for: `model.compile` replaces it. */
  #compiledFor: readonly unknown[] = [];

  constructor(
    readonly model: LayersModel,
    readonly options: JitOptions,
  ) {}

  /** Runs one of the functions on a batch: inputs, then targets and weights where it takes them. */
  run(kind: Kind, data: Batch): Promise<tf.Tensor[]> {
    const inner = trainedModel(this.model);
    const { optimizer_, lossFunctions, metricsTensors, collectedTrainableWeights } = inner;
    const now = [inner, optimizer_, lossFunctions, metricsTensors, collectedTrainableWeights];
    if (now.some((part, i) => part !== this.#compiledFor[i])) void this.dispose();
    this.#compiledFor = now;
    let compiled = this.#compiled.get(kind);
    if (!compiled) {
      compiled = jit(stepOf(kind, inner), this.options);
      this.#compiled.set(kind, compiled);
    }
    return compiled(data);
  }

  /** The mean of the loss and of each metric over all rows. */
  async means(data: Batch, batchSize: number): Promise<tf.Scalar[]> {
    const rows = data[0]!.shape[0]!;
    let sums: tf.Tensor[] | undefined;
    await this.#byBatches(data, batchSize, "test", (outputs, size) => {
      const before = sums;
      sums = tf.tidy(() => outputs.map((output, i) => tf.add(before?.[i] ?? 0, tf.mul(output, size))));
      tf.dispose([before ?? [], outputs]);
    });
    const means = tf.tidy(() => sums!.map((sum) => tf.div(sum, rows) as tf.Scalar));
    tf.dispose(sums);
    return means;
  }

  /** The outputs for all rows. */
  async predictions(inputs: readonly tf.Tensor[], batchSize: number): Promise<tf.Tensor[]> {
    const parts: tf.Tensor[][] = [];
    await this.#byBatches(inputs, batchSize, "predict", (outputs) => parts.push(outputs));
    const whole = parts[0]!.map((_, i) => tf.concat(parts.map((outputs) => outputs[i]!)));
    tf.dispose(parts);
    return whole;
  }

  /** Runs a function on all rows in turn. The data may be disposed as soon as this has been called. */
  async #byBatches(data: Batch, batchSize: number, kind: Kind, take: (outputs: tf.Tensor[], size: number) => void) {
    const own = data.map((tensor) => tensor && tf.clone(tensor));
    const rows = own[0]!.shape[0]!;
    try {
      for (let start = 0; start < rows; start += batchSize) {
        const size = Math.min(batchSize, rows - start);
        const part = own.map((tensor) => tensor && tf.slice(tensor, start, size));
        const outputs = await this.run(kind, part);
        tf.dispose(part as tf.Tensor[]);
        take(outputs, size);
      }
    } finally {
      tf.dispose(own as tf.Tensor[]);
    }
  }

  /** The compiled graphs: see `summary` of what jit gives. */
  summary(): string {
    return [...this.#compiled].map(([kind, compiled]) => `${kind}: ${compiled.summary()}`).join("\n\n");
  }

  /** Frees the compiled graphs. The model lives on. */
  async dispose(): Promise<void> {
    const compiled = [...this.#compiled.values()];
    this.#compiled.clear();
    await Promise.all(compiled.map((each) => each.dispose()));
  }
}

/** The function that is compiled. Metrics are kept by tfjs; what leaves are copies. */
function stepOf(kind: Kind, inner: ModelInternals): (data: Batch) => tf.Tensor[] {
  if (kind === "predict") return (data) => [inner.call(data as tf.Tensor[], {})].flat();
  if (kind === "test") inner.makeTestFunction();
  const run = kind === "train" ? inner.makeTrainFunction() : inner.testFunction;
  return (data) => {
    const outputs = run(data);
    const copies = outputs.map((output) => tf.clone(output));
    tf.dispose(outputs);
    return copies;
  };
}
