/** Nodes in (-1, 1), ascending, and weights of the Gauss-Legendre rule with `count` points, in float64. */
export interface GaussLegendre {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** By Newton's method on the Legendre polynomial, from Tricomi's approximation of its roots. */
export function gaussLegendre(count: number): GaussLegendre {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let index = 0; index < count; index++) {
    let x = -Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let iteration = 0; iteration < 8; iteration++) {
      const { value, previous } = legendre(count, x);
      slope = (count * (x * value - previous)) / (x * x - 1);
      x -= value / slope;
    }
    nodes.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}

/** P_count(x) and P_(count - 1)(x). */
function legendre(count: number, x: number): { value: number; previous: number } {
  let [previous, value] = [1, x];
  for (let degree = 2; degree <= count; degree++) {
    [previous, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree];
  }
  return { value, previous };
}
