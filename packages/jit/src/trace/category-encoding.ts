import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import type { TraceBackend } from "./trace-backend.js";

type Call = (inputs: tf.Tensor | tf.Tensor[], options: object) => tf.Tensor;

/**
 * Runs `run` so that tf.layers' CategoryEncoding can be traced. It reads whether all values are in range, which is
 * unknown in a trace. The trace answers yes, and a value out of range stops the run of the compiled function.
 */
export function withCategoryEncoding<T>(backend: TraceBackend, run: () => T): T {
  // By its name, because this package does not depend on @tensorflow/tfjs-layers.
  const [layer] = tf.serialization.SerializationMap.getMap().classNameMap.CategoryEncoding ?? [];
  const prototype = layer?.prototype as { call: Call } | undefined;
  if (!prototype) return run();
  const { call } = prototype;
  prototype.call = function (inputs, options) {
    return tf.tidy(() => {
      const conditions: Value[] = [];
      const outer = backend.assume;
      backend.assume = (condition) => conditions.push(condition);
      let encoded: tf.Tensor;
      try {
        encoded = call.call(this, inputs, options);
      } finally {
        backend.assume = outer;
      }
      // Out of range, for an array of one element, if a condition does not hold.
      const guards = conditions.map((condition) => {
        const isWrong = tf.logicalNot(backend.tensor(condition, "a condition"));
        return tf.gather(tf.zeros([1]), tf.cast(isWrong, "int32"));
      });
      return guards.reduce((sum, guard) => tf.add(sum, guard), encoded);
    });
  };
  try {
    return run();
  } finally {
    prototype.call = call;
  }
}
