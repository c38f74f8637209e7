import { checkOptions } from "@igr/tensors";

/**
 * Every option of T by name, and whether it must be given: `"checked"` stands for an option that must be given and whose
 * own check says so. A name too many or too few does not compile.
 */
export type OptionNames<T> = {
  readonly [Name in keyof T]-?: Record<never, never> extends Pick<T, Name> ? "optional" : "required" | "checked";
};

/**
 * Rejects options with an unknown name, and names the one that is missing.
 *
 * @throws TypeError unless `options` is an object with these names alone, the required ones among them.
 */
export function checkNamedOptions<T extends object>(owner: string, options: T, names: OptionNames<T>): void {
  checkOptions(owner, options, Object.keys(names));
  for (const [name, need] of Object.entries(names)) {
    if (need === "required" && options[name as keyof T] === undefined) {
      throw new TypeError(`${owner}: ${name} must be given, got undefined`);
    }
  }
}
