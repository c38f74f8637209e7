/** An IDX file of unsigned bytes: header and elements. */
export function idxBytes(shape: readonly number[], elements: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + elements.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [axis, size] of shape.entries()) view.setUint32(4 + 4 * axis, size);
  bytes.set(elements, 4 + 4 * shape.length);
  return bytes;
}
