import { nextOpenUniform, nextWord, type XoshiroState } from "./xoshiro.js";

/**
 * Ziggurat of 256 layers of equal area under a decreasing density f with f(0) = 1 (Marsaglia and Tsang 2000). The layer
 * and the place within it come from different bits of the word, as Doornik (2005) found necessary.
 */
interface Ziggurat {
  /** Right edges: edge[0] is the width of the base layer with its tail as a rectangle, edge[1] where the tail begins, edge[256] = 0. */
  readonly edge: Float64Array;
  /** f at each edge. */
  readonly density: Float64Array;
}

const layers = 256;

function buildZiggurat(
  tailStart: number,
  area: number,
  density: (x: number) => number,
  inverse: (y: number) => number,
): Ziggurat {
  const edge = new Float64Array(layers + 1);
  edge[0] = area / density(tailStart);
  edge[1] = tailStart;
  for (let i = 2; i < layers; i++) edge[i] = inverse(area / edge[i - 1]! + density(edge[i - 1]!));
  return { edge, density: edge.map(density) };
}

/** exp(-x^2 / 2): the edge where the tail begins, and the area of a layer, tail integral included. */
export const normalZiggurat = buildZiggurat(
  3.6541528853610088,
  0.00492867323397465,
  (x) => Math.exp((-x * x) / 2),
  (y) => Math.sqrt(-2 * Math.log(y)),
);

/** exp(-x). */
export const exponentialZiggurat = buildZiggurat(
  7.69711747013105,
  0.003949659822581557,
  (x) => Math.exp(-x),
  (y) => -Math.log(y),
);

// A place in layer i is (j + 0.5) edge[i] / 2^23 with j from -2^23 to 2^23 - 1: symmetric, never 0.
const normalWidth = normalZiggurat.edge.map((edge) => edge * 2 ** -23);
const normalEdge = normalZiggurat.edge;
// The same for the exponential with 52 bits, since a Gumbel draw is the logarithm of one and needs its smallest digits.
const exponentialWidth = exponentialZiggurat.edge.map((edge) => edge * 2 ** -52);

/** The next standard normal draws, written to memory; one word each, but for 1.2 % of them. */
export function fillNormal(state: XoshiroState, target: Float32Array): void {
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  for (let i = 0; i < target.length; i++) {
    const sum = (s0 + s3) | 0;
    const word = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);

    const layer = word & 255;
    const x = ((word >> 8) + 0.5) * normalWidth[layer]!;
    if (Math.abs(x) < normalEdge[layer + 1]!) {
      target[i] = x;
      continue;
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
    target[i] = finishNormal(state, layer, x);
    s0 = state[0]!;
    s1 = state[1]!;
    s2 = state[2]!;
    s3 = state[3]!;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}

/** A normal draw whose first place `x` in `layer` lies outside the part that is wholly under the density. */
function finishNormal(state: XoshiroState, layer: number, x: number): number {
  for (;;) {
    if (layer === 0) return Math.sign(x) * normalTail(state);
    const { density } = normalZiggurat;
    const height = density[layer]! + nextOpenUniform(state) * (density[layer + 1]! - density[layer]!);
    if (height < Math.exp((-x * x) / 2)) return x;
    const word = nextWord(state);
    layer = word & 255;
    x = ((word >> 8) + 0.5) * normalWidth[layer]!;
    if (Math.abs(x) < normalEdge[layer + 1]!) return x;
  }
}

/** |x| given that it lies beyond the last edge (Marsaglia 1964). */
function normalTail(state: XoshiroState): number {
  const start = normalZiggurat.edge[1]!;
  for (;;) {
    const beyond = -Math.log(nextOpenUniform(state)) / start;
    if (-2 * Math.log(nextOpenUniform(state)) > beyond * beyond) return start + beyond;
  }
}

/** The next standard Gumbel draws, -log(E) of an exponential E: the tail keeps its digits where -log(-log(u)) loses them. */
export function fillGumbel(state: XoshiroState, target: Float32Array): void {
  const { edge } = exponentialZiggurat;
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  for (let i = 0; i < target.length; i++) {
    let sum = (s0 + s3) | 0;
    const high = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    let t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);

    sum = (s0 + s3) | 0;
    const low = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);

    const layer = high & 255;
    const x = exponentialPlace(layer, high, low);
    if (x < edge[layer + 1]!) {
      target[i] = -Math.log(x);
      continue;
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
    target[i] = -Math.log(finishExponential(state, layer, x));
    s0 = state[0]!;
    s1 = state[1]!;
    s2 = state[2]!;
    s3 = state[3]!;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}

/** A place in a layer, never 0: 52 bits, 24 of them from the word that names the layer. */
export function exponentialPlace(layer: number, high: number, low: number): number {
  return ((high >>> 8) * 2 ** 28 + (low >>> 4) + 0.5) * exponentialWidth[layer]!;
}

/** An exponential draw, in float64, whose first place `x` in `layer` is not wholly under the density. */
function finishExponential(state: XoshiroState, layer: number, x: number): number {
  const { edge, density } = exponentialZiggurat;
  let shift = 0;
  while (x >= edge[layer + 1]!) {
    if (layer === 0) {
      // Beyond the last edge the tail is again exponential.
      shift += edge[1]!;
    } else {
      const height = density[layer]! + nextOpenUniform(state) * (density[layer + 1]! - density[layer]!);
      if (height < Math.exp(-x)) break;
    }
    const high = nextWord(state);
    layer = high & 255;
    x = exponentialPlace(layer, high, nextWord(state));
  }
  return shift + x;
}
