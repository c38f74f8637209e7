import { checkOptions } from "@igr/tensors";

/**
 * Every option of T by name, and whether it must be given: `"checked"` marks a required option that has a check of its
 * own. A missing or superfluous name is a type error.
 */
export type OptionNames<T> = {
  readonly [Name in keyof T]-?: Record<never, never> extends Pick<T, Name> ? "optional" : "required" | "checked";
};

/**
 * Rejects unknown options and missing required ones; the error names the option.
 *
 * @throws TypeError unless `options` is an object with only these names and all required ones.
 */
export function checkNamedOptions<T extends object>(owner: string, options: T, names: OptionNames<T>): void {
  checkOptions(owner, options, Object.keys(names));
  for (const [name, need] of Object.entries(names)) {
    if (need === "required" && options[name as keyof T] === undefined) {
      throw new TypeError(`${owner}: ${name} must be given, got undefined`);
    }
  }
}
