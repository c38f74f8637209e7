import { describe, expect, test } from "vitest";
import { lowerings } from "../../src/kernels/index.js";
import { supportedKernels } from "../../src/kernels/support.js";
import { isGpu } from "../provider.js";
import { convolution } from "./cases/convolution.js";
import { creation } from "./cases/creation.js";
import { elementwise } from "./cases/elementwise.js";
import { images } from "./cases/images.js";
import { indexing } from "./cases/indexing.js";
import { layout } from "./cases/layout.js";
import { matrices } from "./cases/matrices.js";
import { pooling } from "./cases/pooling.js";
import { reductions } from "./cases/reductions.js";
import { differences, misdeclared, type Operand, RUNTIMES, type Runtime, type Tolerance } from "./parity.js";
import { casesOf, SEED, type Specs } from "./spec.js";

const specs: Specs = {
  ...convolution,
  ...creation,
  ...elementwise,
  ...images,
  ...indexing,
  ...layout,
  ...matrices,
  ...pooling,
  ...reductions,
};

/** Kernels for which WebGPU specifies results only on a part of their domain. */
const ACCURATE_IN_PART = new Set(["Sin", "Cos", "Tan", "Log"]);

const loosened = ({ rtol, atol }: Tolerance): Tolerance => ({ rtol: Math.max(rtol, 1e-3), atol: Math.max(atol, 1e-4) });

describe.each(isGpu ? (["onnxruntime-node"] as const) : (Object.keys(RUNTIMES) as Runtime[]))(
  `kernels on %s equal the tfjs cpu backend (fast-check seed ${SEED})`,
  (runtime) => {
    test.each(Object.keys(specs).filter((kernel) => !isGpu || !ACCURATE_IN_PART.has(kernel)))("%s", async (kernel) => {
      const cases = casesOf(specs[kernel] as Specs[string]);
      const support = supportedKernels[kernel];
      expect(support, "in support.ts").toBeDefined();
      const tolerance = { rtol: support?.rtol ?? 0, atol: support?.atol ?? 0 };
      const found = await differences(kernel, cases, isGpu ? loosened(tolerance) : tolerance, runtime);
      expect(found.join("\n")).toBe("");
      const types = new Set(cases.flatMap(({ inputs }) => Object.values(inputs).map(({ dtype }: Operand) => dtype)));
      for (const dtype of support?.dtypes ?? []) expect(types, "types of the cases").toContain(dtype);
    });
  },
);

test.skipIf(isGpu)("every intermediate value has the declared type and shape", async () => {
  for (const [kernel, spec] of Object.entries(specs)) {
    const some = casesOf(spec).filter((_, i) => i % 5 === 0);
    expect(await misdeclared(kernel, some), kernel).toEqual([]);
  }
});

test("every lowering has a parity test and is in the table", () => {
  expect(Object.keys(specs).sort()).toEqual(Object.keys(lowerings).sort());
  expect(Object.keys(supportedKernels).sort()).toEqual(Object.keys(lowerings).sort());
});
