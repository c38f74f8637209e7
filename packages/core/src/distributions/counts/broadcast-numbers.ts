/** Broadcasts an array of shape `from` to the shape `to`. */
export function broadcastNumbers<T>(values: ArrayLike<T>, from: readonly number[], to: readonly number[]): T[] {
  const size = to.reduce((product, length) => product * length, 1);
  return Array.from({ length: size }, (_, index) => {
    let [source, stride, rest] = [0, 1, index];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const length = to[axis] as number;
      const own = from[axis - to.length + from.length] ?? 1;
      source += own === 1 ? 0 : (rest % length) * stride;
      stride *= own;
      rest = Math.floor(rest / length);
    }
    return values[source] as T;
  });
}
