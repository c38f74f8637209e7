import { InputError } from "../../input-error.js";
import { comparisonStudy } from "../comparison.js";
import type { Study, StudyOptions } from "../study.js";
import { quickStart } from "./quick-start.js";
import { table1 } from "./table-1.js";
import { table2 } from "./table-2.js";
import { table3 } from "./table-3.js";
import { table4 } from "./table-4.js";

/** A study that comes with the command, as its options make it. */
export interface BuiltInStudy {
  readonly name: string;
  readonly title: string;
  readonly make: (options: StudyOptions) => Study;
}

const comparisons = [quickStart, table1, table2, table3, table4];

/** In the order of the paper. */
export const builtInStudies: readonly BuiltInStudy[] = comparisons.map((comparison) => ({
  name: comparison.name,
  title: comparison.title,
  make: (options) => comparisonStudy(comparison, options),
}));

/** @throws InputError for a name that there isn't. */
export function builtInStudy(name: string): BuiltInStudy {
  const study = builtInStudies.find((each) => each.name === name);
  if (!study)
    throw new InputError(`there is no study ${name}; there is ${builtInStudies.map((each) => each.name).join(", ")}`);
  return study;
}
