import type { InferenceSession, Tensor } from "onnxruntime-web";
import { GraphBuilder } from "../../src/ir/graph-builder.js";
import { encodeModel } from "../../src/onnx/encode.js";

/**
 * Behaviour of onnxruntime-web 1.30 with outputs in the GPU's memory, on which the executor relies: the sums that it returns,
 * what it wrote to our memory, and the errors.
 */
export async function outputsOnGpu() {
  const ort = await import("onnxruntime-web/webgpu");
  const builder = new GraphBuilder("contract");
  const w = builder.input("float32", [4], "w");
  const x = builder.input("float32", [4], "x");
  const next = builder.output(builder.op("Add", [w, x], {}, w));
  const sum = builder.op("ReduceSum", [next], { keepdims: { int: 0 } }, { elementType: "float32", shape: [] });
  const { name } = builder.output(sum);
  const bytes = encodeModel(builder.finish());
  const create = () =>
    ort.InferenceSession.create(bytes, {
      executionProviders: ["webgpu"],
      preferredOutputLocation: { [next.name]: "gpu-buffer" },
      logSeverityLevel: 4,
    });
  let session: InferenceSession = await create();
  const device = (await ort.env.webgpu.device) as GPUDevice;
  // STORAGE, COPY_SRC, COPY_DST
  const memory = () => device.createBuffer({ size: 16, usage: 128 | 4 | 8 });
  const [front, back] = [memory(), memory()];
  device.queue.writeBuffer(front, 0, Float32Array.of(1, 2, 3, 4));
  const onGpu = (buffer: GPUBuffer) => ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [4] });
  const run = async (argument: Tensor) => {
    const results = await session.run({ w: onGpu(front), x: argument }, { [next.name]: onGpu(back), [name]: null });
    return (results[name]!.data as Float32Array)[0];
  };
  const read = async () => {
    const [{ [next.name]: copied }] = [await session.run({ w: onGpu(back), x: zeros }, { [next.name]: null })];
    return [...((await copied!.getData(true)) as Float32Array)];
  };
  const zeros = new ort.Tensor("float32", new Float32Array(4), [4]);
  const ones = new ort.Tensor("float32", new Float32Array(4).fill(1), [4]);
  const message = (attempt: Promise<unknown>) =>
    attempt.then(
      () => "it ran",
      (error: Error) => error.message,
    );
  const first = await run(ones);
  const written = await read();
  const refused = await message(run(new ort.Tensor("float32", new Float32Array(2), [2])));
  const afterRefusal = await message(run(ones));
  await session.release();
  session = await create();
  const isSameDevice = (await ort.env.webgpu.device) === device;
  await session.release();
  return { first, written, refused, afterRefusal, isSameDevice };
}
