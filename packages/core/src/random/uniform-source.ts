import type { DrawListener, Rng } from "./rng.js";

const drawListener = Symbol.for("igr.drawListener");

/** Uniform draws from (0, 1) with 53 bits, in float64, for samplers that need an unknown number of them. */
export type UniformSource = () => number;

/**
 * Float64 uniforms from a generator's raw words, two each: the stream advances by the words that are used, so that
 * `sample([2])` and then `sample([3])` are the values of `sample([5])`.
 *
 * @param wayOut An alternative that the error suggests.
 * @throws Error inside a trace: a compiler can only repeat draws of a fixed shape.
 */
export function uniformSource(
  owner: string,
  rng: Rng,
  wayOut = ", or use distribution.quantile(rng.uniform(shape)), which can",
): UniformSource {
  if ((globalThis as { [drawListener]?: DrawListener })[drawListener]) {
    throw new Error(
      `${owner}: takes a number of random draws that depends on their values, which cannot be traced; sample outside of the compiled function and pass the counts${wayOut}`,
    );
  }
  const words = new Uint32Array(2);
  return () => {
    rng.bits(words);
    // 53 bits from the middle of their cell: neither 0 nor 1.
    const high = (words[0] as number) * 2 ** 21;
    const low = (words[1] as number) >>> 11;
    return Math.min((high + low + 0.5) * 2 ** -53, 1 - 2 ** -53);
  };
}
