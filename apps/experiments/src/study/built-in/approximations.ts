import { fitSectionsStudy } from "../fits/fit-study.js";
import { fitSections } from "../fits/sections.js";
import type { Study, StudyOptions } from "../study.js";

/**
 * Every fit to the discrete distributions of section 5.1 and appendix E: figures 2 and 6 to 11, and other objectives.
 */
export function approximations(options: StudyOptions): Study {
  return fitSectionsStudy("approximations", "Approximating discrete distributions", fitSections, options);
}
