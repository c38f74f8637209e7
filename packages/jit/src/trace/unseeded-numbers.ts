import type { DrawKind, RandomSource } from "./random-source.js";

/** A generator of numbers that no seed repeats, as tfjs' own random ops have them: those of Math.random. */
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

/** In the open interval, also after rounding to float32. */
const uniform = () => (Math.floor(Math.random() * 2 ** 23) + 0.5) / 2 ** 23;

const DRAWS: Readonly<Record<DrawKind, () => number>> = {
  uniform,
  gumbel: () => -Math.log(-Math.log(uniform())),
  // Box and Muller's, of which the second number is not used.
  normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
};
