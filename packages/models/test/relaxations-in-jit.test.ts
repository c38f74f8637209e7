import { planarFlow, TrainableFlow } from "@igr/bijectors";
import {
  createRng,
  Dirichlet,
  IGR,
  KumaraswamyStickBreaking,
  klDivergence,
  LogisticNormal,
  type RelaxedDistribution,
  type Rng,
} from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, test } from "vitest";
import { expectClose, numbers } from "./values.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const flow = new TrainableFlow(planarFlow({ size: 3, depth: 2 }), { rng: createRng(1), batchShape: [2] });
const unit = new LogisticNormal({ loc: [0, 0, 0], scale: [1, 1, 1] });
const positive = (x: tf.Tensor) => tf.softplus(x);
const head = (x: tf.Tensor) => tf.slice(x, [0, 0], [2, 3]);

type Make = (x: tf.Tensor) => RelaxedDistribution;
type Divergence = (relaxed: RelaxedDistribution, rng: Rng) => tf.Tensor;
const closed: Divergence = (relaxed) => klDivergence(relaxed, new Dirichlet({ concentration: [1, 1, 1, 1] }));
const drawn: Divergence = (relaxed, rng) => klDivergence(relaxed, unit, { rng, samples: 3 });

const relaxations: Record<string, [Make, Divergence]> = {
  "logistic-normal": [
    (x) => new LogisticNormal({ loc: head(x), scale: positive(head(x)) }),
    (q) => klDivergence(q, unit),
  ],
  "Kumaraswamy stick-breaking": [
    (x) => new KumaraswamyStickBreaking({ concentration: positive(x), order: [2, 0, 3, 1] }),
    closed,
  ],
  "Kumaraswamy stick-breaking in random order": [
    (x) => new KumaraswamyStickBreaking({ concentration: positive(x), order: "random" }),
    drawn,
  ],
  "IGR with planar flows": [
    (x) => new IGR({ loc: head(x), scale: positive(head(x)), temperature: 0.5, transform: flow }),
    drawn,
  ],
};

test.each(Object.entries(relaxations))(
  "%s, compiled, gives what eager execution gives",
  async (_, [make, divergence]) => {
    const everything = (rng: Rng) => (x: tf.Tensor) => {
      const { value, logProb } = make(x).sampleLogAndLogProb(rng, [5]);
      const slope = tf.grad((each) => {
        const joint = make(each).sampleLogAndLogProb(rng, [5]);
        return tf.addN([tf.mean(joint.logProb), tf.mean(tf.square(joint.value)), tf.mean(divergence(make(each), rng))]);
      })(x);
      return { value, logProb, slope, kl: divergence(make(x), rng) };
    };
    const x = tf.tensor2d([
      [0.3, -0.5, 1, 0.2],
      [-1, 0.4, 0.1, 2],
    ]);
    const eager = tf.tidy(() => everything(createRng(2))(x));
    const rng = createRng(2);
    const compiled = jit(everything(rng), { rng, threads: 1 });
    const results = await compiled(x);
    for (const key of ["value", "logProb", "slope", "kl"] as const) {
      expectClose(results[key], numbers(eager[key]), { rtol: 1e-3, atol: 2e-4 });
    }
    await compiled.dispose();
  },
);
