/**
 * Checks that `value` is one of the names in `allowed`, and returns it.
 *
 * @throws RangeError for another name; TypeError for a value that is not a string.
 */
export function checkOneOf<T extends string>(owner: string, argument: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw unknownChoice(owner, argument, value, listOf(allowed));
  return value;
}

/**
 * The error for a choice that is not allowed: a RangeError for a name, a TypeError for any other kind of value. For the
 * last case of a `switch` over names.
 */
export function unknownChoice(
  owner: string,
  argument: string,
  value: unknown,
  allowed: string,
): RangeError | TypeError {
  const ErrorClass = typeof value === "string" ? RangeError : TypeError;
  return new ErrorClass(`${owner}: ${argument} must be ${allowed}, got ${describeValue(value)}`);
}

/** Formats names as an error lists them: `'a', 'b' or 'c'`. */
export function listOf(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** Formats a given value as an error prints it: strings in quotes, plain objects as JSON, functions by name. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "function") return `function ${value.name || "without a name"}`;
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name;
    return name === undefined || name === "Object" || name === "Array"
      ? JSON.stringify(value)
      : `an instance of ${name}`;
  }
  return String(value);
}
