import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ProgramStep, programs, runProgram } from "./compositions.js";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";

/** For more runs with other seeds after a change to a pass: IGR_FUZZ_RUNS=5000. */
const asked = Number(process.env.IGR_FUZZ_RUNS ?? 0);
const parameters = asked > 0 ? { numRuns: asked } : { numRuns: 60, seed: 20_261_125 };

const SHAPES = [[4, 6], [3, 1, 4], [6], []];

const wave = (shape: number[], phase: number) => {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(phase + 0.7 * i)),
    shape,
  );
};

/** The values, a loss over all results of the program, its gradients, and a step of a variable along one of them. */
function trainingStep(steps: readonly ProgramStep[], weight: tf.Variable) {
  return (x: tf.Tensor): tf.Tensor[] => {
    const lossOf = (input: tf.Tensor) => {
      const made = runProgram(steps, [tf.add(weight, 0), input]);
      return made
        .map((tensor, i) => tf.mean(tf.mul(tensor, Math.cos(i))))
        .reduce((sum, term) => tf.add(sum, term), tf.add(tf.mean(tf.mul(weight, 0.1)), tf.mean(input))) as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(() => lossOf(x), [weight]);
    const gradient = grads[weight.name]!;
    const slope = tf.grad((input) => lossOf(tf.add(input, 0)))(x);
    const made = runProgram(steps, [tf.add(weight, 0), x]);
    weight.assign(tf.sub(weight, tf.mul(0.1, gradient)));
    return [value, gradient, slope, ...made.slice(-3)];
  };
}

test("random programs give the same values, gradients and new state compiled and eager", async () => {
  const property = fc.asyncProperty(
    programs(14),
    fc.constantFrom(...SHAPES),
    fc.constantFrom(...SHAPES),
    async (steps, shape, stateShape) => {
      const weights = [0, 1].map(() => tf.variable(wave(stateShape, 2))) as [tf.Variable, tf.Variable];
      const eager = trainingStep(steps, weights[0]);
      const compiled = jit(trainingStep(steps, weights[1]));
      try {
        for (const phase of [0, 1]) {
          const x = wave(shape, phase);
          const expected = tf.tidy(() => eager(x));
          const actual = await compiled(x);
          expect(actual).toHaveLength(expected.length);
          for (const [i, tensor] of expected.entries()) {
            expectClose(actual[i]!, tensor, { rtol: 1e-4, atol: 2e-5 }, `result ${i} of call ${phase}`);
          }
          tf.dispose([x, expected, actual]);
        }
        expectClose(weights[1], weights[0], { rtol: 1e-4, atol: 2e-5 }, "the variable");
      } finally {
        await compiled.dispose();
        tf.dispose(weights);
      }
    },
  );
  await fc.assert(property, parameters);
}, 600_000);
