// The page that the bundlers are given.
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { probe } from "./probe.mjs";

async function compiled() {
  const square = jit((x) => tf.grad((y) => tf.sum(tf.mul(y, tf.square(y))))(x), { executor: "web" });
  const slope = await square(tf.tensor1d([1, 2, -3]));
  await square.dispose();
  return Array.from(slope.dataSync());
}

globalThis.answer = (async () => ({ ...probe(), compiled: await compiled() }))();
