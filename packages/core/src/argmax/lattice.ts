import { checkNumber, type Domain } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../random/create-rng.js";
import type { Rng } from "../random/rng.js";
import { normalQuantile } from "../special/normal-quantile.js";

// Printed by test/reference/lattice_vector.py.
const generatingVector = [
  1, 3367, 1135, 861, 3465, 2929, 2647, 749, 3283, 997, 2755, 235, 2461, 3851, 185, 3761, 3175, 713, 2281, 1403, 397,
  1867, 1183, 619, 3749, 3945, 175, 1247, 581, 2553, 1551, 3121, 1483, 1119, 3883, 1923, 2125, 2971, 903, 1783, 2419,
  3107, 2387, 3297, 261, 3259, 3533, 2005, 2015, 1243, 3521, 2767, 3961, 3139, 2195, 2841, 3059, 2677, 1577, 967, 1375,
  3119, 3255, 835, 1053, 2485, 3493, 1345, 415, 3429, 953, 3843, 2571, 2893, 3793, 3003, 2297, 2879, 3669, 2197, 3709,
  1943, 51, 3783, 2713, 2113, 2093, 1969, 4041, 1705, 1379, 3489, 915, 3575, 1851, 4021, 927, 1045, 3401, 3813, 133,
  1767, 3041, 1507, 1469, 1039, 3311, 203, 1293, 293, 2661, 3927, 3603, 2607, 1757, 2289, 3655, 3621, 717, 2565, 2641,
  1963, 3833, 3433, 679, 1519, 1749,
];

const [fewest, most] = [64, 8192];
const latticeSize: Domain = {
  allowed: `a power of 2 from ${fewest} to ${most}`,
  contains: (value) => Number.isInteger(Math.log2(value)) && value >= fewest && value <= most,
};

/**
 * @throws RangeError unless `samples` is a power of 2 from 64 to 8,192: the sizes for which the lattice was optimized.
 */
export function checkLatticeSize(owner: string, samples: number): void {
  checkNumber(owner, "samples", samples, latticeSize);
}

/**
 * Standard normal quasi-random points, `[samples, dimension]`: a rank-1 lattice, shifted at random, folded by the tent
 * map (which makes it second order for smooth integrands) and mapped by the normal quantile. Means over it have errors
 * near 1 / samples for smooth integrands of few dimensions. The shift is one draw of `rng`, or a constant without
 * `rng`. Coordinates beyond the 127th use odd multiples of those components, which are not optimized.
 */
export function normalLattice(samples: number, dimension: number, rng: Rng | undefined): tf.Tensor2D {
  const steps = Array.from({ length: dimension }, (_, k) => {
    const component = generatingVector[k % generatingVector.length] as number;
    return (component * 5 ** Math.floor(k / generatingVector.length)) % most;
  });
  const unshifted = Float32Array.from({ length: samples * dimension }, (_, index) => {
    const [point, k] = [Math.floor(index / dimension), index % dimension];
    return ((point * (steps[k] as number)) % samples) / samples;
  });
  const shift = rng ? rng.uniform([dimension]) : tf.tensor1d(fixedShift(dimension));
  const shifted = tf.add(tf.tensor2d(unshifted, [samples, dimension]), shift);
  const folded = tf.sub(1, tf.abs(tf.sub(1, tf.mul(2, tf.sub(shifted, tf.floor(shifted))))));
  return normalQuantile(tf.clipByValue(folded, 2 ** -24, 1 - 2 ** -24)) as tf.Tensor2D;
}

/** Written to memory, so that a compiler does not record a draw. */
function fixedShift(dimension: number): Float32Array {
  const shift = new Float32Array(dimension);
  createRng("lattice").fill("uniform", shift);
  return shift;
}
