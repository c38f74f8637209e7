import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { GraphBuilder } from "../ir/graph-builder.js";
import type { HostArray } from "../state/host-array.js";
import type { Model, Session } from "./executor.js";
import { gatherOutputs } from "./gathered-outputs.js";
import { modelOf } from "./model-of.js";
import { OnnxRuntimeSession, type OrtModule, type OrtSession } from "./onnxruntime.js";

/** x + 1, x * x, their sum, and x rounded to integers. */
function model(): { model: Model; names: readonly string[] } {
  const builder = new GraphBuilder();
  const x = builder.input("float32", [2, 3], "x");
  const more = builder.op("Add", [x, builder.scalar(1, "float32")], {}, x);
  const square = builder.op("Mul", [x, x], {}, x);
  const sum = builder.op("ReduceSum", [square], { keepdims: { int: 0 } }, { elementType: "float32", shape: [] });
  const integers = builder.op("Cast", [x], { to: { int: 6 } }, { elementType: "int32", shape: [2, 3] });
  const outputs = [more, square, sum, integers].map((value) => builder.output(value));
  return { model: modelOf(builder.finish()), names: outputs.map(({ name }) => name) };
}

test("float32 outputs are read back as one, and each is written to its requested memory", async () => {
  const { model: given, names } = model();
  const [more, square, sum, integers] = names as [string, string, string, string];
  const gathered = gatherOutputs(given)!;
  const session = await ort.InferenceSession.create(gathered.model.bytes, { intraOpNumThreads: 1 });
  const asked: string[][] = [];
  const plain = new OnnxRuntimeSession(
    ort as unknown as OrtModule,
    session as unknown as OrtSession,
    gathered.model,
    "written",
    () => undefined,
  );
  const recording: Session = {
    run: (feeds, fetches) => {
      asked.push(Object.keys(fetches));
      return plain.run(feeds, fetches);
    },
    endProfiling: () => undefined,
    release: () => plain.release(),
  };
  const wrapped = gathered.wrap(recording);
  const memory = new Float32Array(6);
  const run = (x: number) => {
    const fetches: Record<string, HostArray | null> = { [more]: memory, [square]: null, [sum]: null, [integers]: null };
    return wrapped.run({ x: new Float32Array(6).fill(x) }, fetches);
  };
  const first = await run(2);
  expect([...memory]).toEqual(Array(6).fill(3));
  expect(Object.keys(first).sort()).toEqual([square, sum, integers].sort());
  const second = await run(3);
  // Results of an earlier run do not change.
  expect([...first[square]!]).toEqual(Array(6).fill(4));
  expect([...second[square]!]).toEqual(Array(6).fill(9));
  expect([...second[sum]!]).toEqual([54]);
  expect([...second[integers]!]).toEqual(Array(6).fill(3));
  expect(asked[0]).toHaveLength(2);
  expect(asked[0]).toContain(integers);
  await wrapped.release();
});

test("a single output is not changed", () => {
  const { model: given } = model();
  expect(gatherOutputs({ ...given, outputs: given.outputs.slice(2) })).toBeUndefined();
});
