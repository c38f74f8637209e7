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
  /** What computed it; undefined where it is an argument or a constant. */
  readonly source: Source | undefined;
  /** It is among the function's results, which come as tensors of their own. */
  readonly isResult: boolean;
}

/** Notices the tensors that are kept, from its making to `restore`. tfjs keeps some itself, until a gradient is done. */
export class KeepWatch {
  readonly #kept = new Set<tf.Tensor>();
  readonly #results = new Set<tf.Tensor>();
  /** The function disposed a tensor that an earlier call kept. */
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
   * The tensors that outlive the trace. Constants are none of them, since their numbers stay known, unless the function uses
   * kept tensors of earlier calls, in whose place they may be.
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
    // Their own properties hide the methods of tfjs' class.
    const tfjs = engine() as Partial<Engine>;
    delete tfjs.keep;
    delete tfjs.disposeTensor;
  }
}
