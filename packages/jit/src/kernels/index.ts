import { activations } from "./activations.js";
import { arithmetic } from "./arithmetic.js";
import { comparison } from "./comparison.js";
import { convolution } from "./convolution.js";
import { convolutionGradients } from "./convolution-gradients.js";
import { creation } from "./creation.js";
import { crops } from "./crop-and-resize.js";
import { division } from "./division.js";
import { indexing } from "./indexing.js";
import { layout } from "./layout.js";
import type { LoweringTable } from "./lowering.js";
import { math } from "./math.js";
import { matrices } from "./matmul.js";
import { morphology } from "./morphology.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { reductions } from "./reductions.js";
import { resize } from "./resize.js";
import { scans } from "./scans.js";
import { slicing } from "./slicing.js";

/** Every kernel that can be compiled, by its name in tfjs. */
export const lowerings: LoweringTable = {
  ...activations,
  ...arithmetic,
  ...comparison,
  ...convolution,
  ...convolutionGradients,
  ...creation,
  ...crops,
  ...division,
  ...indexing,
  ...layout,
  ...math,
  ...matrices,
  ...morphology,
  ...normalization,
  ...pooling,
  ...reductions,
  ...resize,
  ...scans,
  ...slicing,
};
