import * as tf from "@tensorflow/tfjs-core";

export const SIDE = 12;
export const KINDS = ["ring", "cross", "square", "stripes"];

/** Pictures of shapes at random positions, `[count, SIDE, SIDE, 1]` in [0, 1]. Replace them by your own. */
export class Shapes {
  constructor(count, rng) {
    const draws = new Float32Array(3 * count);
    rng.fill("uniform", draws);
    this.kinds = Array.from({ length: count }, (_, i) => i % KINDS.length);
    this.pictures = this.kinds.map((kind, i) => draw(KINDS[kind], draws.subarray(3 * i, 3 * i + 3)));
  }

  /** One pass over the data, for `fit` and `evaluate`. A dataset may ignore options that it does not need. */
  *batches({ batchSize, shuffle, rng, dropRemainder }) {
    const order = [...this.pictures.keys()];
    if (shuffle) {
      const words = new Uint32Array(order.length);
      rng.bits(words);
      order.sort((a, b) => words[a] - words[b] || a - b);
    }
    for (let start = 0; start < order.length; start += batchSize) {
      const indices = order.slice(start, start + batchSize);
      if (dropRemainder && indices.length < batchSize) return;
      const images = tf.tensor4d(Float32Array.from(indices.flatMap((i) => this.pictures[i])), [
        indices.length,
        SIDE,
        SIDE,
        1,
      ]);
      yield { images, indices, dispose: () => images.dispose() };
    }
  }
}

function draw(kind, [u, v, w]) {
  const [row, column] = [4 + 3 * u, 4 + 3 * v].map(Math.round);
  const size = 2 + Math.round(w);
  return Array.from({ length: SIDE * SIDE }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / SIDE) - row, (pixel % SIDE) - column];
    const inside = Math.max(Math.abs(x), Math.abs(y)) <= size;
    const distance = Math.hypot(x, y);
    const on = {
      ring: distance <= size + 0.5 && distance > size - 1,
      cross: inside && (x === 0 || y === 0),
      square: inside,
      stripes: inside && (y + size) % 2 === 0,
    }[kind];
    return Number(on);
  });
}
