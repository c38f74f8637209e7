import { Concrete, createRng, InfiniteIGR } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

/** How the fit stands after some steps. */
export interface Progress {
  readonly step: number;
  /** P(argmax z = k), counted from samples for IGR-SB and exact for the Gumbel-Softmax. */
  readonly pmf: readonly number[];
  /** Half the sum of the differences between `pmf` and the target, what lies beyond both included. */
  readonly totalVariation: number;
  /** How many sticks a sample keeps on average; absent for the Gumbel-Softmax. */
  readonly averageK?: number;
}

/** What is fitted, and to what. */
export interface Problem {
  readonly family: "igr-sb" | "gumbel-softmax";
  /** Probabilities of the categories 0, 1, 2, ... */
  readonly target: readonly number[];
  readonly temperature: number;
  readonly seed: number;
  /** Categories of the Gumbel-Softmax; IGR-SB needs none. */
  readonly categories: number;
}

const BATCH = 100;
const COUNTED = 1000;
/** Stick mass that the kept sticks of each sample exceed. */
const RHO = 0.99;

/**
 * Fits a relaxation to a discrete distribution by Adam on the squared distance between the mean of samples and the target
 * (eq 20), and reports every `every` steps. Step 0 is the start.
 */
export function* fitSteps(problem: Problem, steps: number, every: number): Generator<Progress> {
  const { family, target, temperature, seed } = problem;
  const rng = createRng(seed).fork("approximation");
  const isSticks = family === "igr-sb";
  // Room for the longest tail: half as much again as the target has.
  const cap = isSticks ? Math.min(256, Math.max(32, Math.ceil(1.5 * target.length))) : problem.categories;
  const mean = target.reduce((sum, p, k) => sum + p * k, 0);
  const first = tf.tidy(() => tf.variable(tf.fill([cap], isSticks ? -Math.log(Math.max(mean, 0.1)) : 0)));
  const logScale = tf.tidy(() => tf.variable(tf.zeros([cap]), isSticks));
  const optimizer = tf.train.adam(0.03);
  const relaxation = () =>
    isSticks
      ? new InfiniteIGR({ loc: first, scale: tf.exp(logScale), temperature, rho: RHO, onCap: "ignore" })
      : new Concrete({ temperature, logits: first });
  const goal = tf.tensor1d(Array.from({ length: isSticks ? cap + 1 : cap }, (_, k) => target[k] ?? 0));
  try {
    yield measure(0);
    for (let step = 1; step <= steps; step++) {
      tf.tidy(() => {
        optimizer.minimize(
          () => tf.sum(tf.square(tf.sub(tf.mean(relaxation().sample(rng, [BATCH]), 0), goal))) as tf.Scalar,
          false,
          isSticks ? [first, logScale] : [first],
        );
      });
      if (step % every === 0 || step === steps) yield measure(step);
    }
  } finally {
    optimizer.dispose();
    tf.dispose([first, logScale, goal]);
  }

  function measure(step: number): Progress {
    const found = tf.tidy(() => {
      const relaxed = relaxation();
      if (relaxed instanceof Concrete) return { pmf: Array.from(relaxed.discrete().mean().dataSync()) };
      const { value, averageK } = relaxed.sampleWithPreImage(rng.fork(`measure ${step}`), [COUNTED]);
      const counts = tf.mean(tf.cast(tf.oneHot(tf.cast(tf.argMax(value, -1), "int32"), cap + 1), "float32"), 0);
      return { pmf: Array.from(counts.dataSync()).slice(0, cap), averageK: averageK.dataSync()[0] as number };
    }) as unknown as { pmf: number[]; averageK?: number };
    const size = Math.max(found.pmf.length, target.length);
    const inside = Array.from({ length: size }, (_, k) => Math.abs((found.pmf[k] ?? 0) - (target[k] ?? 0)));
    const missing = [found.pmf, target].map((each) => Math.abs(1 - each.reduce((sum, p) => sum + p, 0)));
    const totalVariation = (inside.reduce((sum, p) => sum + p, 0) + missing[0]! + missing[1]!) / 2;
    return { step, ...found, totalVariation };
  }
}
