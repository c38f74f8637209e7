// Numbers that every framework of the bench starts from, as in bench/peers/problem.py: no generator of one library.
export const product = (shape) => shape.reduce((a, b) => a * b, 1);

/** Integer hash (lowbias32) of `seed` and the index, as a float64 in (0, 1). */
export function hashUniform(count, seed) {
  const offset = Math.imul(seed, 0x9e3779b9) >>> 0;
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (i + offset) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (((x ^ (x >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  });
}

export function glorot(shape, fanIn, fanOut, seed) {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from(hashUniform(product(shape), seed), (u) => (u * 2 - 1) * limit);
}

export function normal(shape, seed) {
  const count = product(shape);
  const angles = hashUniform(count, seed + 1000);
  return Float32Array.from(
    hashUniform(count, seed),
    (u, i) => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * angles[i]),
  );
}
