import * as tf from "@tensorflow/tfjs-core";
import { DRAW_LISTENER, type DrawKind, type DrawListener, type RandomSource } from "../src/trace/random-source.js";

/** A generator with the protocol of docs/architecture.md, independent of @igr/core: a 32-bit counter, hashed. */
export class TestRng implements RandomSource {
  readonly root: object;
  #counter = 0;

  constructor(
    readonly seed: number,
    root?: object,
  ) {
    this.root = root ?? this;
  }

  normal(shape: readonly number[]): tf.Tensor {
    return this.#draw("normal", shape);
  }

  uniform(shape: readonly number[]): tf.Tensor {
    return this.#draw("uniform", shape);
  }

  gumbel(shape: readonly number[]): tf.Tensor {
    return this.#draw("gumbel", shape);
  }

  fork(label: string): TestRng {
    let seed = this.seed;
    for (const character of label) seed = hash(seed ^ character.charCodeAt(0));
    const child = new TestRng(seed, this.root);
    listener()?.fork(this, label, child);
    return child;
  }

  fill(kind: DrawKind, target: Float32Array): void {
    for (let i = 0; i < target.length; i++) {
      if (kind === "uniform") target[i] = this.#next();
      else if (kind === "gumbel") target[i] = -Math.log(-Math.log(this.#next()));
      else target[i] = Math.sqrt(-2 * Math.log(this.#next())) * Math.cos(2 * Math.PI * this.#next());
    }
  }

  state(): number {
    return this.#counter;
  }

  #draw(kind: DrawKind, shape: readonly number[]): tf.Tensor {
    const draw = listener()?.draw(this, kind, shape);
    if (draw) return draw;
    const values = new Float32Array(tf.util.sizeFromShape([...shape]));
    this.fill(kind, values);
    return tf.tensor(values, [...shape]);
  }

  #next(): number {
    return (hash(this.seed + Math.imul(this.#counter++, 0x9e3779b9)) + 0.5) / 2 ** 32;
  }
}

function listener(): DrawListener | undefined {
  return (globalThis as { [DRAW_LISTENER]?: DrawListener })[DRAW_LISTENER];
}

function hash(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
