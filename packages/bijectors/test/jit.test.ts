import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  type Bijector,
  ConditionalFlow,
  couplingFlow,
  inverseAutoregressiveFlow,
  maskedAutoregressiveFlow,
  planarFlow,
  planarSoftmax,
  radialFlow,
  realNVPFlow,
  splineTransformer,
  sylvesterFlow,
  TrainableFlow,
} from "../src/index.js";
import { normalRng } from "./normal-rng.js";
import { uniformTensor } from "./numbers.js";

const rng = normalRng(1);
const flows: Record<string, () => Bijector> = {
  "planar flows": () => new TrainableFlow(planarFlow({ size: 3, depth: 5 }), { rng, batchShape: [2] }),
  "radial flows": () => new TrainableFlow(radialFlow({ size: 3, depth: 2 }), { rng }),
  "Sylvester flows": () => new TrainableFlow(sylvesterFlow({ size: 3, units: 2 }), { rng, batchShape: [2] }),
  RealNVP: () => new TrainableFlow(realNVPFlow({ size: 3, depth: 2, hidden: [8] }), { rng }),
  "coupled splines": () =>
    new TrainableFlow(couplingFlow({ size: 3, hidden: [8], transformer: splineTransformer({ bins: 4 }) }), {
      rng,
      batchShape: [2],
    }),
  "masked autoregressive flows": () =>
    new TrainableFlow(maskedAutoregressiveFlow({ size: 3, depth: 2, hidden: [8] }), { rng }),
  "inverse autoregressive flows in context": () =>
    new TrainableFlow(inverseAutoregressiveFlow({ size: 3, hidden: [8], contextSize: 2 }), { rng }).conditionedOn({
      context: uniformTensor(4, [2, 2], -1, 1),
    }),
  "an encoder's planar flows": () =>
    new ConditionalFlow(planarFlow({ size: 3 }), { parameters: uniformTensor(2, [2, 7], -1, 1) }),
  "planar flows before softmax++": () => planarSoftmax({ categories: 4, depth: 2, temperature: 0.5, rng }),
};

describe.each(Object.entries(flows))("%s, compiled", (_, make) => {
  const flow = make();
  const x = uniformTensor(3, [5, 2, 3], -2, 2);

  test.each(["forwardAndLogDet", "inverseAndLogDet"] as const)("%s is that of eager", async (method) => {
    const input = method === "forwardAndLogDet" ? x : flow.forward(x);
    const step = jit((each: tf.Tensor) => {
      const { value, logDet } = flow[method](each);
      return [value, logDet];
    });
    const [value, logDet] = (await step(input)) as [tf.Tensor, tf.Tensor];
    const eager = flow[method](input);
    expect(value).toBeAllClose(eager.value, { rtol: 2e-5, atol: 2e-5 });
    expect(logDet).toBeAllClose(eager.logDet, { rtol: 2e-5, atol: 2e-5 });
    await step.dispose();
  });

  test("a step of training moves its variables as in eager", async () => {
    if (flow.trainableVariables.length === 0) return;
    const loss = (each: tf.Tensor) => {
      const { value, logDet } = flow.forwardAndLogDet(each);
      return tf.sub(tf.mean(tf.square(value)), tf.mean(logDet)) as tf.Scalar;
    };
    const train = (each: tf.Tensor) => tf.train.sgd(0.1).minimize(() => loss(each), true, flow.trainableVariables)!;
    const start = flow.trainableVariables.map((variable) => tf.clone(variable));
    const read = () => flow.trainableVariables.map((variable) => Array.from(variable.dataSync()));
    train(x);
    train(x);
    const eager = read();
    for (const [index, variable] of flow.trainableVariables.entries()) variable.assign(start[index] as tf.Tensor);
    const step = jit(train);
    tf.dispose(await step(x));
    tf.dispose(await step(x));
    for (const [index, values] of read().entries()) {
      expect(values).toBeAllClose(eager[index] as number[], { rtol: 1e-4, atol: 1e-5 });
    }
    await step.dispose();
  });
});
