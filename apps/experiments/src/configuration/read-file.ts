import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { InputError } from "../input-error.js";
import { isObject } from "./merge.js";

/**
 * An object from a YAML or JSON file.
 * @throws InputError naming the file and what is wrong with it.
 */
export function readObjectFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new InputError(`${file} is neither YAML nor JSON: ${(error as Error).message.split("\n")[0]}`, {
      cause: error,
    });
  }
  if (!isObject(value)) throw new InputError(`${file} must hold an object of options, such as latent: { kind: gs }`);
  const { $schema: _, ...options } = value;
  return options;
}
