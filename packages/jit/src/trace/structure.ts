import * as tf from "@tensorflow/tfjs-core";

/** Arguments and results of a compiled function: tensors in arrays and plain objects, or nothing. */
export type TensorTree =
  | tf.Tensor
  | readonly TensorTree[]
  | { readonly [name: string]: TensorTree }
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing has the result type void.
  | void
  | undefined
  | null;

/** A flattened tree: its tensors in order, and a function that rebuilds it with other tensors. */
export interface FlatTree {
  readonly tensors: readonly tf.Tensor[];
  /** The structure of the tree; trees with equal keys can use each other's `rebuild`. */
  readonly key: string;
  rebuild(tensors: readonly tf.Tensor[]): TensorTree;
}

type Rebuild = (next: () => tf.Tensor) => TensorTree;

/**
 * @param what Names the tree in errors, e.g. `"argument"`.
 * @throws TypeError for a leaf that is not a tensor.
 */
export function flatten(tree: unknown, what: string): FlatTree {
  const tensors: tf.Tensor[] = [];
  const { key, rebuild } = visit(tree, what, tensors);
  return {
    tensors,
    key,
    rebuild: (replacements) => {
      let i = 0;
      return rebuild(() => replacements[i++] as tf.Tensor);
    },
  };
}

function visit(tree: unknown, path: string, tensors: tf.Tensor[]): { key: string; rebuild: Rebuild } {
  if (tree instanceof tf.Tensor) {
    tensors.push(tree);
    return { key: "t", rebuild: (next) => next() };
  }
  // Separate cases, because only undefined triggers the defaults of parameters.
  if (tree === undefined || tree === null) return { key: tree === null ? "null" : "-", rebuild: () => tree };
  if (Array.isArray(tree)) {
    const parts = tree.map((item, i) => visit(item, `${path}[${i}]`, tensors));
    return { key: `[${parts.map(({ key }) => key)}]`, rebuild: (next) => parts.map(({ rebuild }) => rebuild(next)) };
  }
  if (isPlainObject(tree)) {
    const parts = Object.entries(tree).map(([name, item]) => ({ name, ...visit(item, `${path}.${name}`, tensors) }));
    return {
      key: `{${parts.map(({ name, key }) => `${JSON.stringify(name)}:${key}`)}}`,
      rebuild: (next) => Object.fromEntries(parts.map(({ name, rebuild }) => [name, rebuild(next)])),
    };
  }
  throw new TypeError(
    `jit: ${path} must be a tensor, or tensors in arrays and plain objects, got ${describe(tree)}` +
      `${typeof tree === "number" ? "; a number would be frozen into the graph, use tf.scalar" : ""}`,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === "object"
    ? `an object of class ${value?.constructor?.name}`
    : `the ${typeof value} ${String(value)}`;
}
