/**
 * One of the names in `allowed`.
 *
 * @throws RangeError for another name; TypeError for what is not a string.
 */
export function checkOneOf<T extends string>(owner: string, argument: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw unknownChoice(owner, argument, value, listOf(allowed));
  }
  return value;
}

/**
 * The error of a choice that is not among those `allowed`: a RangeError if it is a name,
 * else a TypeError, since it is of another kind. For a `switch` over names whose last case throws.
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

/** Names as an error lists them: `'a', 'b' or 'c'`. */
export function listOf(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** What was given, as an error prints it: strings in quotes, plain objects as JSON, functions by name. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return `'${value}'`;
  }
  if (typeof value === "function") {
    return `function ${value.name || "without a name"}`;
  }
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name;
    return name === undefined || name === "Object" || name === "Array"
      ? JSON.stringify(value)
      : `an instance of ${name}`;
  }
  return String(value);
}
