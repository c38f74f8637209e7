import "@tensorflow/tfjs-backend-cpu";
// Registers the gradients, which tfjs-core alone does not.
import "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll } from "vitest";

// Silences tfjs' banner about the C++ backend, and turns on its leak check for kernels.
tf.env().set("IS_TEST", true);

beforeAll(async () => {
  await tf.setBackend("cpu");
});
