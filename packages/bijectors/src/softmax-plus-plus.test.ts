import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { SoftmaxPlusPlus } from "./softmax-plus-plus.js";

test("smoke", () => {
  const b = new SoftmaxPlusPlus({ temperature: [0.5, 0.1], delta: 0.1 });
  const x = tf.tensor2d([
    [0.2, -0.3],
    [1, 3],
  ]);
  const r = b.forwardLogAndLogDet(x);
  r.value.print();
  r.logDet.print();
  b.inverse(b.forward(x)).print();
  b.inverse(
    tf.tensor([
      [1, 0, 0],
      [0, 0, 1],
    ]),
  ).print();
  tf.grad((x) => b.forwardLogDetJacobian(x))(x).print();
  console.log(tf.memory().numTensors);
  expect(b.equals(new SoftmaxPlusPlus({ temperature: [0.5, 0.1] }))).toBe(true);
  expect(() => b.inverse([[1]])).toThrow(
    "SoftmaxPlusPlus.inverse: y needs at least 2 categories on its last axis, got shape [1,1]",
  );
});
