import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import {
  Affine,
  type Bijector,
  Chain,
  Coupling,
  Exp,
  Invert,
  isSimplexBijector,
  MaskedAutoregressive,
  OpenSimplex,
  Permute,
  Planar,
  Radial,
  Sigmoid,
  SoftmaxPlusPlus,
  Softplus,
  StickBreaking,
  Sylvester,
  splineTransformer,
  stickBreakingSoftmax,
  VertexInterpolation,
} from "../src/index.js";
import { denseNetwork, maskedNetwork } from "./networks.js";
import { uniforms } from "./numbers.js";

// The cpu backend greets at its first use, unless that is under IS_TEST.
await tf.setBackend("cpu");
tf.scalar(0).dispose();
// On wasm a clone has data of its own, so tfjs' leak check, on only under IS_TEST, takes every saved tensor for a leak.
tf.env().set("IS_TEST", false);

afterAll(async () => {
  await tf.setBackend("cpu");
});

const sticks = () => [new StickBreaking(), new Sigmoid()];
const bijectors: Record<string, () => Bijector> = {
  "softmax++": () => new SoftmaxPlusPlus({ temperature: [0.1, 2], delta: 0.3 }),
  "stick-breaking of sigmoids": () => new Chain(sticks()),
  "stick-breaking of shares": () => new Chain([new StickBreaking(), new Affine({ scale: 0.25, shift: 0.5 })]),
  "interpolation of sticks": () => new Chain([new VertexInterpolation({ temperature: 0.3 }), ...sticks()]),
  "softmax++ of sticks": () => stickBreakingSoftmax({ temperature: 0.5 }),
  "open sticks": () => new Chain([new OpenSimplex(), ...sticks()]),
  planar: () =>
    new Planar({
      u: [1, -0.5, 0.3],
      w: [
        [0.4, 0.2, -1],
        [2, 1, 1],
      ],
      b: 0.1,
    }),
  radial: () => new Radial({ center: [0.1, 0, 0.3], alpha: 0.2, beta: [-1, 1] }),
  sylvester: () =>
    new Sylvester({
      reflections: [[1, 0.5, -0.3]],
      outer: [
        [0.5, 1],
        [0, -0.7],
      ],
      inner: [
        [1, 0.2],
        [0, 0.4],
      ],
      b: [0.1, 0.2],
    }),
  "coupled splines": () =>
    new Coupling({
      mask: [1, 0, 1],
      network: denseNetwork(1, [2, 6, 8]),
      transformer: splineTransformer({ bins: 3 }),
    }),
  "masked autoregressive": () =>
    new MaskedAutoregressive({ size: 3, network: maskedNetwork(2, { size: 3, outputs: 2 }, [2]) }),
  permute: () => new Permute({ permutation: [2, 0, 1] }),
  elementwise: () => new Chain([new Invert(new Exp()), new Softplus(), new Affine({ scale: -2 })]),
};

/** Every method's result and the gradient through it, as plain numbers, on the active backend. */
function everything(bijector: Bijector, spread: number): Record<string, number[]> {
  const results: Record<string, number[]> = {};
  tf.tidy(() => {
    const x = tf.tensor3d(uniforms(3, 24, -spread, spread), [4, 2, 3]);
    const y = bijector.forward(x);
    const methods: Record<string, [f: (input: tf.Tensor) => tf.Tensor, input: tf.Tensor]> = {
      forward: [(input) => bijector.forward(input), x],
      forwardLogDetJacobian: [(input) => bijector.forwardLogDetJacobian(input), x],
      inverse: [(input) => bijector.inverse(input), y],
      inverseLogDetJacobian: [(input) => bijector.inverseLogDetJacobian(input), y],
    };
    if (isSimplexBijector(bijector)) {
      const logY = bijector.forwardLog(x);
      methods.forwardLog = [(input) => bijector.forwardLog(input), x];
      methods.inverseFromLog = [(input) => bijector.inverseFromLog(input), logY];
    }
    for (const [name, [f, input]] of Object.entries(methods)) {
      const result = f(input);
      const weights = tf.tensor(uniforms(5, result.size, -1, 1), result.shape);
      const slope = tf.grad((each) => tf.add(tf.sum(tf.mul(weights, f(each))), tf.mul(0, tf.sum(each))))(input);
      results[name] = Array.from(result.dataSync());
      results[`gradient of ${name}`] = Array.from(slope.dataSync());
    }
  });
  return results;
}

test.each(Object.entries(bijectors))(
  "%s gives the same on the wasm and cpu backends, gradients included",
  async (name, make) => {
    const spread = name === "stick-breaking of shares" ? 1.5 : 3;
    await tf.setBackend("cpu");
    const onCpu = everything(make(), spread);
    expect(await tf.setBackend("wasm")).toBe(true);
    const onWasm = everything(make(), spread);
    expect(Object.keys(onWasm)).toEqual(Object.keys(onCpu));
    for (const [method, values] of Object.entries(onWasm)) {
      // Inverses divide what float32 rounded; the rest agrees to a few units in the last place.
      const tolerance = method.includes("inverse") ? 1e-3 : 2e-5;
      expect(values, method).toBeAllClose(onCpu[method] as number[], { rtol: tolerance, atol: tolerance });
    }
  },
);

test.each([-1e4, -100, -14, -1, 0, 1, 14, 100, 1e4])("on wasm log-determinants are exact at %d too", async (edge) => {
  await tf.setBackend("wasm");
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  expect(new Chain(sticks()).forwardLogDetJacobian([edge])).toBeAllClose(-softplus(edge) - softplus(-edge), {
    rtol: 1e-6,
  });
  const delta = Math.fround(0.1);
  const t = edge - Math.log(delta);
  expect(new SoftmaxPlusPlus({ temperature: 1, delta }).forwardLogDetJacobian([edge])).toBeAllClose(
    -softplus(t) - softplus(-t),
    { rtol: 1e-6 },
  );
});

test("on wasm small coordinates are not taken for 0", async () => {
  // tf.sign of the wasm backend is 0 below 1e-7.
  await tf.setBackend("wasm");
  const bijector = new SoftmaxPlusPlus({ temperature: 1, delta: 1 });
  expect(bijector.inverse(bijector.forward([40, -20]))).toBeAllClose([40, -20], { rtol: 1e-5 });
  const flow = new Planar({ u: [-30], w: [1] });
  expect(flow.forwardLogDetJacobian([1e-9])).toBeAllClose(2 * Math.log(1e-9) + Math.log1p(Math.exp(-30) / 1e-18), {
    rtol: 1e-5,
  });
});
