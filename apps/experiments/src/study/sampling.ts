import { createRng } from "@igr/core";
import type { Draw } from "./definition.js";

interface Samples {
  readonly count: number;
  readonly seed: number;
  readonly space: Readonly<Record<string, Draw>>;
}

/** Values by path, drawn independently of each other. A larger sample begins with the same values. */
export function randomSamples({ count, seed, space }: Samples): Record<string, unknown>[] {
  const streams = Object.keys(space).map((path) => createRng(seed).fork(path));
  return Array.from({ length: count }, () => valuesAt(space, streams.map(uniform)));
}

/**
 * Values by path from a Halton sequence: coordinate j of point i is i's digits in the j-th prime base, mirrored at the point, with the
 * digits permuted (Braaten and Weller 1979) by the seed, so that coordinates with large bases are not correlated. A
 * larger sample
 * begins with the same values.
 */
export function quasiRandomSamples({ count, seed, space }: Samples): Record<string, unknown>[] {
  const bases = primes(Object.keys(space).length);
  const permutations = bases.map((base) => permutation(base, seed));
  const shift = bases.map((base) => uniform(createRng(seed).fork(`shift ${base}`)));
  return Array.from({ length: count }, (_, index) =>
    valuesAt(
      space,
      bases.map((base, j) => (radicalInverse(index + 1, base, permutations[j] as number[]) + (shift[j] as number)) % 1),
    ),
  );
}

function valuesAt(space: Readonly<Record<string, Draw>>, points: readonly number[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(space).map(([path, draw], j) => [path, quantileOf(draw, points[j] as number)]),
  );
}

/** The value of a draw at a point of [0, 1): its quantile. */
function quantileOf(draw: Draw, u: number): unknown {
  if ("uniform" in draw) return draw.uniform[0] + u * (draw.uniform[1] - draw.uniform[0]);
  if ("logUniform" in draw) return draw.logUniform[0] * (draw.logUniform[1] / draw.logUniform[0]) ** u;
  if ("integer" in draw) return draw.integer[0] + Math.floor(u * (draw.integer[1] - draw.integer[0] + 1));
  return draw.choice[Math.floor(u * draw.choice.length)];
}

function radicalInverse(index: number, base: number, digits: readonly number[]): number {
  let value = 0;
  let scale = 1 / base;
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    value += (digits[rest % base] as number) * scale;
    scale /= base;
  }
  return value;
}

/** A permutation of the digits 0 to base - 1 that fixes 0, so that leading zeros of an index add nothing. */
function permutation(base: number, seed: number): number[] {
  const stream = createRng(seed).fork(`digits ${base}`);
  const digits = Array.from({ length: base }, (_, digit) => digit);
  for (let i = base - 1; i > 1; i -= 1) {
    const j = 1 + Math.floor(uniform(stream) * i);
    [digits[i], digits[j]] = [digits[j] as number, digits[i] as number];
  }
  return digits;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

function uniform(stream: ReturnType<typeof createRng>): number {
  const words = new Uint32Array(1);
  stream.bits(words);
  return (words[0] as number) / 2 ** 32;
}
