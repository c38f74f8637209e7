import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import { distanceToVertex } from "../vertex-proximity/distance-to-vertex.js";
import { type CompiledFunction, runOnce } from "./compiled-function.js";
import { categoriesOf, draw } from "./draw.js";
import { type Family, readPresent, tensorOf } from "./family.js";
import { exactProbs } from "./induced-probs.js";

/** Statistics of samples of a relaxation. */
export interface Frequencies {
  /** Probability that each category is the largest, or its estimate. */
  readonly probs: Float64Array;
  /** Share of the samples within 0.2 of a vertex. */
  readonly vertexProximity: number;
  /** Average number of kept coordinates, where some are cut. */
  readonly averageK: number | undefined;
  /** Share of the samples that need more coordinates than the cap. */
  readonly passingCap: number;
}

/** Options for counting samples. */
export interface MeasureSettings {
  readonly rng: Rng;
  readonly countedSamples: number;
  readonly compile: (f: (...inputs: tf.Tensor[]) => tf.Tensor[]) => CompiledFunction;
}

const atOnce = 1000;

/** Counts the categories of all samples, with as many categories as the samples need, up to the cap. */
export async function measure(family: Family, settings: MeasureSettings): Promise<Frequencies> {
  const { categories, exact } = readPresent(family, (relaxed) => ({
    categories: categoriesOf(relaxed),
    exact: exactProbs(relaxed)?.dataSync(),
  }));
  let count = categories;
  let sums = await countSamples(family, count, settings);
  while (needsMore(family, sums, count)) {
    count *= 2;
    sums = await countSamples(family, count, settings);
  }
  const { wins, near, kept, passing, samples } = sums;
  return {
    probs: exact ? Float64Array.from(exact) : wins.map((each) => each / samples),
    vertexProximity: near / samples,
    averageK: family.grow ? kept / samples : undefined,
    passingCap: passing / samples,
  };
}

/** Whether samples need more categories than the `count` that were asked for; at the cap there are fewer. */
function needsMore(family: Family, { passing, wins }: Sums, count: number): boolean {
  return family.grow !== undefined && passing > 0 && wins.length === count;
}

interface Sums {
  readonly wins: Float64Array;
  readonly near: number;
  readonly kept: number;
  readonly passing: number;
  readonly samples: number;
}

async function countSamples(
  family: Family,
  count: number,
  { rng, countedSamples, compile }: MeasureSettings,
): Promise<Sums> {
  const samples = Math.min(atOnce, countedSamples);
  const calls = Math.ceil(countedSamples / samples);
  const counted = compile((...inputs) => {
    const relaxed = family.distribution(family.parameters(inputs, count));
    const { z, passing, averageK } = draw(relaxed, rng, samples);
    const largest = tf.cast(tf.oneHot(tf.argMax(z, -1), relaxed.eventShape[0] as number), "float32");
    const wins = tf.slice(tf.sum(largest, 0), [0], [categoriesOf(relaxed)]);
    const near = tf.sum(tf.cast(tf.lessEqual(distanceToVertex(z), 0.2), "float32"));
    return [wins, near, tf.mul(averageK, samples), passing];
  });
  let sums: Sums | undefined;
  for (let call = 0; call < calls; call++) {
    const [wins, near, kept, passing] = await runOnce(counted, family.trained.map(tensorOf));
    sums = {
      wins: Float64Array.from(wins as Float32Array, (each, k) => each + (sums?.wins[k] ?? 0)),
      near: (near?.[0] as number) + (sums?.near ?? 0),
      kept: (kept?.[0] as number) + (sums?.kept ?? 0),
      passing: (passing?.[0] as number) + (sums?.passing ?? 0),
      samples: samples * (call + 1),
    };
    if (needsMore(family, sums, count)) break;
  }
  await counted.dispose?.();
  return sums as Sums;
}
