import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
// Registers the gradients of all kernels.
import "@tensorflow/tfjs-layers";

tf.env().set("IS_TEST", true);
await tf.setBackend("cpu");
