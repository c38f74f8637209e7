import * as tf from "@tensorflow/tfjs-core";
import type { NormalRng } from "../src/index.js";
import { uniforms } from "./numbers.js";

/** Seeded normal draws: Box and Muller's, from the uniform numbers of the tests. */
export function normalRng(seed: number): NormalRng {
  let next = seed;
  return {
    normal(shape) {
      const size = tf.util.sizeFromShape([...shape]);
      const [radii, angles] = [uniforms(next++, size, 1e-7, 1), uniforms(next++, size)];
      const values = radii.map((u, i) => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * (angles[i] as number)));
      return tf.tensor(values, [...shape], "float32");
    },
  };
}
