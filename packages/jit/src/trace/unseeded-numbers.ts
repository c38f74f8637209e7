import type { DrawKind, RandomSource } from "./random-source.js";

/** A generator without a seed, like tfjs' own random ops: it uses Math.random. */
export class UnseededNumbers implements RandomSource {
  readonly root = this;
  #drawn = 0;

  fork(): UnseededNumbers {
    return this;
  }

  fill(kind: DrawKind, target: Float32Array): void {
    this.#drawn += target.length;
    const draw = DRAWS[kind];
    for (const i of target.keys()) target[i] = draw();
  }

  state(): number {
    return this.#drawn;
  }
}

/** In the open interval, even after rounding to float32. */
const uniform = () => (Math.floor(Math.random() * 2 ** 23) + 0.5) / 2 ** 23;

const DRAWS: Readonly<Record<DrawKind, () => number>> = {
  uniform,
  gumbel: () => -Math.log(-Math.log(uniform())),
  // Box-Muller transform, without its second number.
  normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
};
