import { calculate } from "../calculation/calculate.js";
import type { Results } from "../calculation/calculation.js";
import { keptBeside } from "../calculation/kept-calculations.js";
import type { RunStore } from "../run/store.js";
import { makeBuiltIn } from "../study/built-in/index.js";
import { readStudy } from "../study/run-study.js";
import type { GroupResult, Study, StudyOptions, StudyViews } from "../study/study.js";

/** A study with its stored results. */
export interface KeptStudy {
  readonly study: Study;
  readonly results: readonly GroupResult[];
  readonly calculated: Results;
  readonly views: StudyViews;
}

/** The results of a built-in study from a folder of stored runs and calculations, without training or computing. */
export async function keptStudy(name: string, options: StudyOptions, store: RunStore): Promise<KeptStudy> {
  const study = await makeBuiltIn(name, options);
  const results = await readStudy(study, store);
  const kept = keptBeside(store.location);
  const signal = new AbortController().signal;
  const calculated = await calculate(study.calculations ?? [], { kept, onlyKept: true, signal });
  return { study, results, calculated, views: study.views(results, calculated) };
}
