import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type Made, programs } from "../../../bench/programs/index.mjs";
import { jitModel } from "../src/layers/jit-model.js";
import { jit } from "./single-thread.js";

/** The programs of bench/programs.mjs in small: as users of tfjs write them, each with an architecture of its own. */

beforeAll(() => {
  // tfjs' check for leaks takes what the gradient of its own softmaxCrossEntropy keeps for one.
  tf.env().set("IS_TEST", false);
  tf.env().set("PROD", true);
});

/** Losses of some steps; a model trains by `trainOnBatch`, a loop of its own by its step. */
async function lossesOf({ model, step, batches }: Made, isCompiled: boolean): Promise<number[][]> {
  const losses: number[][] = [];
  const trained = model && isCompiled ? jitModel(model, { executor: "node", threads: 1 }) : model;
  const run = step && isCompiled ? jit(step) : step;
  for (const batch of batches.slice(0, 4)) {
    if (trained) {
      const [x, y] = batch as [tf.Tensor, tf.Tensor];
      losses.push([await trained.trainOnBatch(x, y)].flat());
    } else {
      const outputs = await run!(...(batch as tf.Tensor[]));
      losses.push(outputs.map((output) => output.dataSync()[0]!));
      tf.dispose(outputs);
    }
  }
  return losses;
}

test.each(Object.keys(programs))("%s: the losses of eager tfjs", async (name) => {
  const { make, small } = programs[name]!;
  const expected = await lossesOf(make({ ...small, dropout: false }), false);
  const actual = await lossesOf(make({ ...small, dropout: false }), true);
  for (const [k, step] of expected.entries()) {
    for (const [i, loss] of step.entries()) {
      expect(Math.abs(actual[k]![i]! - loss), `loss ${i} of step ${k}`).toBeLessThan(1e-5 * Math.abs(loss));
    }
  }
});
