import type * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { useTestBackend } from "./backend.js";
import { type Tolerance, toBeAllClose } from "./matchers.js";

await useTestBackend();
expect.extend({ toBeAllClose });

declare module "vitest" {
  interface Matchers<T> {
    /** Every element within `atol + rtol |expected|`; NaN equals nothing; the message gives the worst index. */
    toBeAllClose(expected: tf.Tensor | ArrayLike<number> | number, tolerance?: Tolerance): T;
  }
}
