import * as tf from "@tensorflow/tfjs-core";
import { type Engine, engine } from "../engine.js";
import type { Source, Value } from "../ir/graph.js";
import { keptCell } from "../state/state-backend.js";
import type { Trace } from "./trace.js";
import type { TraceBackend } from "./trace-backend.js";

/** A tensor that a function kept while it was traced: JavaScript may hold it and read it at the next call. */
export interface KeptTensor {
  readonly tensor: tf.Tensor;
  readonly output: Value;
  /** The node that computed it; undefined for an argument or a constant. */
  readonly source: Source | undefined;
  /** Whether it is a result of the function; results are returned as separate tensors. */
  readonly isResult: boolean;
}

/**
 * Records the tensors that are kept, from its construction to `restore`. tfjs itself keeps some until a gradient is
 * computed.
 */
export class KeepWatch {
  readonly #kept = new Set<tf.Tensor>();
  readonly #results = new Set<tf.Tensor>();
  /** Whether the function disposed a tensor that an earlier call kept. */
  #disposedKept = false;

  constructor(readonly backend: TraceBackend) {
    const tfjs = engine();
    const keep = tfjs.keep.bind(tfjs);
    tfjs.keep = (tensor) => {
      this.#kept.add(tensor);
      return keep(tensor);
    };
    const disposeTensor = tfjs.disposeTensor.bind(tfjs);
    tfjs.disposeTensor = (tensor) => {
      this.#disposedKept ||= keptCell(tensor) !== undefined;
      disposeTensor(tensor);
    };
  }

  noteResults(tensors: readonly tf.Tensor[]): void {
    for (const tensor of tensors) this.#results.add(tensor);
  }

  /**
   * The tensors that outlive the trace. Constants do not count, because their values are known, unless the function
   * uses kept tensors of earlier calls, which they may replace.
   */
  collect(trace: Trace): KeptTensor[] {
    const hasKeptState = trace.keptInputs.size > 0 || this.#disposedKept;
    const survivors = [...this.#kept].filter(
      (tensor) => !tensor.isDisposed && this.backend.isFrom(trace, tensor) && !(tensor instanceof tf.Variable),
    );
    return survivors
      .filter((tensor) => hasKeptState || this.backend.constantOf(tensor) === undefined)
      .map((tensor) => {
        const value = this.backend.valueFor(tensor, "tf.keep");
        const source = trace.builder.sourceOf(value);
        return { tensor, output: trace.builder.output(value), source, isResult: this.#results.has(tensor) };
      });
  }

  restore(): void {
    // Own properties shadow the methods of tfjs' class.
    const tfjs = engine() as Partial<Engine>;
    delete tfjs.keep;
    delete tfjs.disposeTensor;
  }
}
