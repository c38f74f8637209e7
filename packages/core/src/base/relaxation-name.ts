/** Names of the relaxations, in every function of the packages. */
export type RelaxationName = "gumbel-softmax" | "igr" | "igr-stick-breaking" | "igr-planar";

/** Their other names in the literature and in earlier versions. */
export type RelaxationAlias = "gs" | "concrete" | "gumbel" | "igr-sb" | "stick-breaking";

const names: Readonly<Record<RelaxationAlias, RelaxationName>> = {
  gs: "gumbel-softmax",
  concrete: "gumbel-softmax",
  gumbel: "gumbel-softmax",
  "igr-sb": "igr-stick-breaking",
  "stick-breaking": "igr-stick-breaking",
};

/**
 * Resolves an alias of a relaxation: `'gs'`, `'concrete'` and `'gumbel'` are `'gumbel-softmax'`, `'igr-sb'` and
 * `'stick-breaking'` are `'igr-stick-breaking'`. Other values are returned unchanged.
 *
 * @example
 * ```ts
 * relaxationName("gs") === "gumbel-softmax"; // true
 * ```
 */
export function relaxationName<T>(name: T): Exclude<T, RelaxationAlias> | RelaxationName {
  const known =
    typeof name === "string" && Object.hasOwn(names, name) ? names[name as unknown as RelaxationAlias] : name;
  return known as Exclude<T, RelaxationAlias> | RelaxationName;
}
