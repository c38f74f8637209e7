/** Formats a shape as error messages print it: `[64,1]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}

/** The shape that two shapes broadcast to, or undefined if they do not broadcast. */
export function tryBroadcastShapes(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return undefined;
    result.push(sizeA === 1 ? sizeB : sizeA);
  }
  return result;
}

/**
 * The shape that named shapes broadcast to.
 *
 * @throws RangeError that names the owner and every shape, if they do not broadcast.
 *
 * @example
 * ```ts
 * broadcastShapes("Normal", { loc: [64, 1], scale: [3] }); // [64, 3]
 * ```
 */
export function broadcastShapes(owner: string, shapes: Readonly<Record<string, readonly number[]>>): number[] {
  let result: number[] | undefined = [];
  for (const shape of Object.values(shapes)) result = result && tryBroadcastShapes(result, shape);
  if (!result) {
    const given = Object.entries(shapes).map(([name, shape]) => `${name} ${formatShape(shape)}`);
    throw new RangeError(`${owner}: shapes must broadcast against each other, got ${given.join(", ")}`);
  }
  return result;
}

/** Whether two shapes have the same sizes on the same axes. */
export function equalShapes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A shape in two: what comes before the last `eventRank` axes, and those. */
export function splitShape(shape: readonly number[], eventRank: number): { batch: number[]; event: number[] } {
  const split = shape.length - eventRank;
  return { batch: shape.slice(0, split), event: shape.slice(split) };
}

/** How many numbers a tensor of this shape holds. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Checks a shape that a caller gave. @throws RangeError unless every size is a whole number >= 0; TypeError unless it is an array. */
export function checkShape(owner: string, name: string, shape: readonly number[]): void {
  if (!Array.isArray(shape)) throw new TypeError(`${owner}: ${name} must be an array of sizes, got ${String(shape)}`);
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new RangeError(`${owner}: ${name} must hold whole numbers >= 0, got ${formatShape(shape)}`);
  }
}
