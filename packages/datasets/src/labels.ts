/** Labels as bytes, or as wider numbers where a data set has more than 256 classes. */
export type Labels = Uint8Array | Uint16Array | Int32Array;

/** The labels at `indices`, as numbers of the same width. */
export function selectLabels(labels: Labels, indices: ArrayLike<number>): Labels {
  const Width = labels.constructor as new (length: number) => Labels;
  const selected = new Width(indices.length);
  for (let i = 0; i < indices.length; i++) selected[i] = labels[indices[i] as number] as number;
  return selected;
}

/** The narrowest array that holds labels below `classes`. */
export function labelsOf(values: readonly number[], classes: number): Labels {
  if (classes <= 256) return Uint8Array.from(values);
  return classes <= 65_536 ? Uint16Array.from(values) : Int32Array.from(values);
}
