import { InputError } from "../input-error.js";
import type { StudyGroup } from "./study.js";

/**
 * The groups whose label `model` is among the names of `--rows`, or all of them without names.
 * @throws InputError for a name that no group has.
 */
export function chosenRows(groups: readonly StudyGroup[], rows: readonly string[] | undefined): readonly StudyGroup[] {
  if (rows === undefined) return groups;
  const names = new Set(groups.map(({ labels }) => labels.model!));
  const unknown = rows.find((row) => !names.has(row));
  if (unknown !== undefined) throw new InputError(`--rows must be of ${[...names].join(", ")}, got ${unknown}`);
  return groups.filter(({ labels }) => rows.includes(labels.model!));
}
