import { checkShape, unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { activeListener } from "./draw-listener.js";
import type { DrawKind, Rng, RngState } from "./rng.js";
import { sha256 } from "./sha256.js";
import { fillUniform, fillWords, type XoshiroState } from "./xoshiro.js";
import { fillGumbel, fillNormal } from "./ziggurat.js";

const algorithm = "xoshiro128++/ziggurat256/sha256/1";
const fillers: Record<DrawKind, (state: XoshiroState, target: Float32Array) => void> = {
  normal: fillNormal,
  uniform: fillUniform,
  gumbel: fillGumbel,
};

class XoshiroRng implements Rng {
  readonly root: object;
  readonly #key: Uint32Array;
  readonly #position: XoshiroState;

  constructor(root: object, key: Uint32Array, position?: XoshiroState) {
    this.root = root;
    this.#key = key;
    this.#position = position ?? Int32Array.from(key.subarray(0, 4));
    if (this.#position.every((word) => word === 0)) {
      // The only state that xoshiro never leaves; a hash yields it with probability 2^-128.
      this.#position[0] = 1;
    }
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

  fork(label: string): Rng {
    if (typeof label !== "string") throw new TypeError(`Rng.fork: label must be a string, got ${String(label)}`);
    const text = new TextEncoder().encode(label);
    const message = new Uint8Array(32 + text.length);
    const words = new DataView(message.buffer);
    this.#key.forEach((word, index) => {
      words.setUint32(4 * index, word);
    });
    message.set(text, 32);
    const child = new XoshiroRng(this.root, sha256(message));
    activeListener()?.fork(this, label, child);
    return child;
  }

  fill(kind: DrawKind, target: Float32Array): void {
    const filler = fillers[kind];
    if (!filler) throw unknownChoice("Rng.fill", "kind", kind, "'normal', 'uniform' or 'gumbel'");
    if (!(target instanceof Float32Array)) throw new TypeError("Rng.fill: target must be a Float32Array");
    filler(this.#position, target);
  }

  bits(target: Uint32Array): void {
    if (!(target instanceof Uint32Array)) throw new TypeError("Rng.bits: target must be a Uint32Array");
    fillWords(this.#position, target);
  }

  state(): RngState {
    return { algorithm, key: toHex(this.#key), position: toHex(new Uint32Array(this.#position)) };
  }

  #draw(kind: DrawKind, shape: readonly number[]): tf.Tensor {
    checkShape(`Rng.${kind}`, "shape", shape);
    const listener = activeListener();
    if (listener) return listener.draw(this, kind, shape);
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    fillers[kind](this.#position, values);
    return tf.tensor(values, shape.slice(), "float32");
  }
}

/**
 * A seeded generator of random numbers: the same numbers on every machine, backend and engine.
 *
 * xoshiro128++ makes the words, a ziggurat the normal and exponential draws; forks are keyed by SHA-256 of the labels on
 * the way, so that any two streams of one program are unrelated (they would overlap with probability below 2^-60 for a
 * million streams of 2^32 draws). Draws are made in JavaScript, 19,200 normals in 0.1 ms. Not for cryptography.
 *
 * The words are the same everywhere; normal and Gumbel draws use `Math.log` and `Math.exp`, in whose last float64 digit
 * JavaScript engines may differ (V8, and so Node and Chromium, agree on all platforms).
 *
 * @param seed - A whole number (up to 2^53 in size) or any string.
 * @throws RangeError if `seed` is a number but not a safe integer; TypeError if it is neither number nor string.
 *
 * @example
 * ```ts
 * const rng = createRng(42);
 * const noise = rng.normal([64, 30, 10]); // a tensor
 * const evaluation = rng.fork("evaluation"); // leaves rng's own stream alone
 * const saved = JSON.stringify(rng.state());
 * const resumed = createRng.fromState(JSON.parse(saved)); // draws what rng would draw next
 * ```
 */
export function createRng(seed: number | string): Rng {
  if (typeof seed !== "number" && typeof seed !== "string") {
    throw new TypeError(`createRng: seed must be a whole number or a string, got ${String(seed)}`);
  }
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new RangeError(`createRng: seed must be a safe integer or a string, got ${seed}`);
  }
  // `seed + 0`: -0 is 0.
  const text = typeof seed === "number" ? `number:${seed + 0}` : `string:${seed}`;
  return new XoshiroRng({}, sha256(new TextEncoder().encode(`${algorithm}\n${text}`)));
}

/**
 * Restores the generator from its `state()`, at the same position and with the same forks. Its `root` is new.
 *
 * @throws TypeError if `state` is not a state of this generator; RangeError if it comes from another version, or its digits are
 * damaged.
 */
createRng.fromState = (state: RngState): Rng => {
  if (typeof state?.algorithm !== "string") {
    throw new TypeError("createRng.fromState: state must be what rng.state() returned");
  }
  if (state.algorithm !== algorithm) {
    throw new RangeError(`createRng.fromState: state.algorithm must be '${algorithm}', got '${state.algorithm}'`);
  }
  const key = fromHex("key", state.key, 8);
  const position = fromHex("position", state.position, 4);
  return new XoshiroRng({}, key, new Int32Array(position));
};

function toHex(words: Uint32Array): string {
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}

function fromHex(name: string, text: string, count: number): Uint32Array {
  if (typeof text !== "string" || !new RegExp(`^[0-9a-f]{${8 * count}}$`).test(text)) {
    const ErrorClass = typeof text === "string" ? RangeError : TypeError;
    throw new ErrorClass(
      `createRng.fromState: state.${name} must be ${8 * count} lower-case hexadecimal digits, got ${JSON.stringify(text)}`,
    );
  }
  return Uint32Array.from({ length: count }, (_, index) => Number.parseInt(text.slice(8 * index, 8 * index + 8), 16));
}
