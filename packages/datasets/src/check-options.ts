/**
 * @throws RangeError unless `value` is an integer of at least `min` and at most `max`; TypeError for a value that is not a
 * number.
 */
export function checkInteger(owner: string, name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER) {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `>= ${min}` : `from ${min} to ${max}`;
  throw notAllowed(owner, name, value, `an integer ${range}`, "number");
}

/** @throws RangeError unless `value` is one of the names in `allowed`; TypeError for a value that is not a string. */
export function checkChoice<T extends string>(owner: string, name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  const quoted = allowed.map((choice) => `"${choice}"`);
  const list = quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  throw notAllowed(owner, name, value, list, "string");
}

/** The error for an option's value: a RangeError if it is of the right kind, else a TypeError. */
export function notAllowed(
  owner: string,
  name: string,
  value: unknown,
  allowed: string,
  kind: "number" | "string",
): RangeError | TypeError {
  const ErrorClass = typeof value === kind ? RangeError : TypeError;
  const given = typeof value === "number" ? `${value}` : JSON.stringify(value);
  return new ErrorClass(`${owner}: ${name} must be ${allowed}, got ${given}`);
}
