/** @throws RangeError unless `value` is a whole number >= 1; TypeError for a value that is not a number. */
export function checkCount(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw notAllowed(name, value, "an integer >= 1", "number");
}

/** The error for an option's value: a RangeError if it is of the right kind, else a TypeError. */
export function notAllowed(
  name: string,
  value: unknown,
  allowed: string,
  kind: "number" | "string",
): RangeError | TypeError {
  const ErrorClass = typeof value === kind ? RangeError : TypeError;
  const given = typeof value === "number" ? `${value}` : JSON.stringify(value);
  return new ErrorClass(`jit: ${name} must be ${allowed}, got ${given}`);
}
