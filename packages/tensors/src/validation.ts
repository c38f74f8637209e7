import { unknownChoice } from "./check-one-of.js";

/**
 * What is checked. `'shapes'`: ranks, sizes, dtypes, and numbers that are given as numbers, which costs nothing.
 * `'values'`: also the data of tensors, which reads them (a GPU stalls, a compiler cannot trace). `false`: nothing.
 */
export type Validation = "shapes" | "values" | false;

/**
 * Checks `validate`, and returns it. @throws RangeError for another string; TypeError for a value that is neither a
 * string nor `false`.
 */
export function checkValidation(owner: string, validate: Validation): Validation {
  if (validate !== "shapes" && validate !== "values" && validate !== false) {
    throw unknownChoice(owner, "validate", validate, "'shapes', 'values' or false");
  }
  return validate;
}
