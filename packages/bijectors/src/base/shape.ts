/** A shape as error messages print it: `[64,1]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}

/**
 * The shape that named shapes broadcast to.
 *
 * @throws RangeError naming the owner and every shape, if they do not broadcast.
 */
export function broadcastShapes(owner: string, shapes: Readonly<Record<string, readonly number[]>>): number[] {
  const rank = Math.max(0, ...Object.values(shapes).map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of Object.values(shapes)) {
    for (const [axis, size] of shape.entries()) {
      const position = rank - shape.length + axis;
      if (result[position] === 1) {
        result[position] = size;
      } else if (size !== 1 && size !== result[position]) {
        const given = Object.entries(shapes).map(([name, each]) => `${name} ${formatShape(each)}`);
        throw new RangeError(`${owner}: shapes must broadcast against each other, got ${given.join(", ")}`);
      }
    }
  }
  return result;
}

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
