import { InvalidArgumentError } from "commander";

/** Parser of an integer on the command line. */
export function integer(minimum: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`It must be an integer >= ${minimum}.`);
  };
}

/** Parser of `a,b,c`. */
export function list(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
