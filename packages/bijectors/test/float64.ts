/**
 * The maps in float64, written from their equations and in other forms than the library's: plain loops, no shared code.
 * Arguments are float32 numbers, taken as exact. `terms` is the sum of the magnitudes that make up the log-determinant:
 * what float32 rounding is relative to where they cancel.
 */
export interface Exact {
  readonly y: number[];
  readonly logY: number[];
  readonly logDet: number;
  readonly terms: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const magnitude = (numbers: readonly number[]) => sum(numbers.map(Math.abs));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const at = (numbers: readonly number[], k: number) => numbers[k] as number;

/** Eq 21; the determinant of (diag(z) - z z^T) / temperature. */
export function softmaxPlusPlus64(x: readonly number[], temperature: number, delta: number): Exact {
  const logits = [...x.map((each) => each / temperature), Math.log(delta)];
  const largest = Math.max(...logits);
  const shifted = logits.map((each) => each - largest);
  // log1p of what is besides the largest: exact where one category has nearly all.
  const first = shifted.indexOf(0);
  const logTotal = Math.log1p(sum(shifted.filter((_, k) => k !== first).map(Math.exp)));
  const logY = shifted.map((each) => each - logTotal);
  const scale = x.length * Math.log(temperature);
  return { y: logY.map(Math.exp), logY, logDet: sum(logY) - scale, terms: magnitude(logY) + Math.abs(scale) };
}

/** Eq 22 after the sigmoid; dv_k / dx_k = u_k (1 - u_k) times what was left. */
export function stickBreaking64(x: readonly number[]): Exact {
  const logY: number[] = [];
  const diagonal: number[] = [];
  let logLeft = 0;
  for (const logit of x) {
    logY.push(logLeft - softplus(-logit));
    diagonal.push(logLeft - softplus(-logit) - softplus(logit));
    logLeft -= softplus(logit);
  }
  logY.push(logLeft);
  return { y: logY.map(Math.exp), logY, logDet: sum(diagonal), terms: magnitude(diagonal) };
}

/** Eq 23. */
export function interpolation64(x: readonly number[], temperature: number): Exact {
  const sticks = stickBreaking64(x);
  const vertex = sticks.logY.indexOf(Math.max(...sticks.logY));
  const others = sum(sticks.y.filter((_, k) => k !== vertex));
  const logY = sticks.logY.map((each, k) =>
    k === vertex ? Math.log1p(-temperature * others) : each + Math.log(temperature),
  );
  const scale = x.length * Math.log(temperature);
  return { y: logY.map(Math.exp), logY, logDet: sticks.logDet + scale, terms: sticks.terms + Math.abs(scale) };
}

/** Eq 24; the sticks' determinant is that of the map to the first coordinates, all of them kept. */
export function stickBreakingSoftmax64(x: readonly number[], temperature: number, delta: number): Exact {
  const sticks = stickBreaking64(x);
  const onto = softmaxPlusPlus64(sticks.y.slice(0, -1), temperature, delta);
  return { ...onto, logDet: onto.logDet + sticks.logDet, terms: onto.terms + sticks.terms };
}

/** Planar flow; 1 + tanh'(a) w.uHat with 1 - tanh^2 and the sum of both kept apart. */
export function planar64(x: readonly number[], u: readonly number[], w: readonly number[], b: number) {
  const alignment = sum(w.map((each, k) => each * at(u, k)));
  const squaredNorm = sum(w.map((each) => each * each));
  const uHat = u.map((each, k) => each + ((softplus(alignment) - 1 - alignment) * at(w, k)) / squaredNorm);
  const a = sum(w.map((each, k) => each * at(x, k))) + b;
  const y = x.map((each, k) => each + at(uHat, k) * Math.tanh(a));
  const sech = 1 / Math.cosh(a);
  // At a = 0 it is log softplus(w.u), and w.u itself where that underflows.
  const logDet = Math.log(Math.tanh(a) ** 2 + sech ** 2 * softplus(alignment));
  return { y, logDet: a === 0 && alignment < -40 ? alignment : logDet };
}

/** Radial flow; the determinant's two factors. */
export function radial64(x: readonly number[], center: readonly number[], alpha: number, beta: number) {
  const [alphaHat, strength] = [softplus(alpha), softplus(beta)];
  const offset = x.map((each, k) => each - at(center, k));
  const radius = Math.hypot(...offset);
  const stretch = (radius + strength) / (radius + alphaHat);
  const logs = [
    (x.length - 1) * Math.log(radius + strength),
    -(x.length + 1) * Math.log(radius + alphaHat),
    Math.log(radius ** 2 + 2 * alphaHat * radius + alphaHat * strength),
  ];
  return { y: x.map((_, k) => at(center, k) + at(offset, k) * stretch), logDet: sum(logs), terms: 1 + magnitude(logs) };
}
