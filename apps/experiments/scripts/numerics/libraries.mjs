// The setup of every part of `npm run docs:numerics`: tfjs on its cpu backend, without its banner, with gradients.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-core";

tf.env().set("IS_TEST", true); // no banner
await tf.setBackend("cpu");
// The flag also checks each kernel for leaks, and mistakes a dense layer's fused product for one.
tf.env().set("IS_TEST", false);

export * as bijectors from "@igr/bijectors";
export * as core from "@igr/core";
export { tf };
