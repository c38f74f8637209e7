import type { Settings } from "./settings.js";

/** A program that draws the page's samples of softmax++ with only the packages, and prints the first three. */
export function asCode({ seed, temperature, delta, loc1, loc2, scale1, scale2 }: Settings): string {
  return `// npm install @igr/core @tensorflow/tfjs
import "@tensorflow/tfjs";
import { createRng, IGR, vertexProximity } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

const loc = [${loc1}, ${loc2}];
const scale = [${scale1}, ${scale2}];
const relaxed = new IGR({ loc, scale, temperature: ${temperature}, delta: ${delta} });

// The page draws 3 normals per sample; IGR takes the first 2 and the Gumbel-Softmax all 3.
const noise = createRng(${seed}).normal([5000, 3]);
const y = tf.add(loc, tf.mul(scale, tf.slice(noise, [0, 0], [5000, 2])));
const z = relaxed.bijector.forward(y);
console.log(z.slice([0, 0], [3, 3]).arraySync());
console.log("P(argmax z = k):", relaxed.discreteProbs().arraySync());
console.log("within 0.2 of a corner:", vertexProximity(relaxed, { rng: createRng(${seed}) }).arraySync());
`;
}
