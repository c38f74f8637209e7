// What the packages compute, on whatever runs this: the tests compare it with Node.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // the gradients
import { Planar, SoftmaxPlusPlus, stickBreakingSoftmax } from "@igr/bijectors";
import { Concrete, createRng, IGR, klDivergence } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

/** @returns numbers by name. */
export function probe() {
  const rng = createRng(7);
  const loc = tf.variable(tf.tensor1d([0.3, -1, 2]));
  const igr = new IGR({ loc, scale: [1, 0.5, 2], temperature: 0.5 });
  const prior = new IGR({ loc: [0, 0, 0], scale: [1, 1, 1], temperature: 0.5 });
  const concrete = new Concrete({ temperature: 0.3, logits: [1, 0, -1, 2] });
  const { value, logProb } = igr.sampleAndLogProb(rng, [4]);
  const { value: divergence, grads } = tf.variableGrads(() => tf.sum(klDivergence(igr, prior)));
  const flow = new Planar({ u: [1, 0.5, -1], w: [0.3, -1, 0.2] });
  const tensors = {
    value,
    logProb,
    divergence,
    gradient: grads[loc.name],
    discrete: igr.discreteProbs(),
    concrete: concrete.logProb(concrete.sample(rng, [3])),
    flowThere: flow.inverse(flow.forward(tf.tensor1d([1, -2, 0.5]))),
    sticks: stickBreakingSoftmax({ temperature: 0.5 }).forwardLogDetJacobian(tf.tensor1d([1, -2, 0.5])),
    far: new SoftmaxPlusPlus({ temperature: 0.1 }).forwardLog(tf.tensor1d([60, -80, 3])),
  };
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));
}
