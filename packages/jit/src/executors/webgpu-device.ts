import { ExecutorError, JitError } from "../errors.js";
import { sizeOf, type Value } from "../ir/graph.js";
import type { Device } from "../state/device.js";
import type { HostArray } from "../state/host-array.js";
import { CanvasReader } from "./canvas-reader.js";
import type { OrtDeviceArray, OrtTensor } from "./onnxruntime.js";

/** Bits of the specification, which TypeScript's library does not have. */
const MAP_READ = 1;
const COPY_SRC = 4;
const COPY_DST = 8;
const STORAGE = 128;

/** Makes a tensor of onnxruntime-web from memory of the GPU. */
export type WrapBuffer = (
  buffer: GPUBuffer,
  type: { readonly dataType: string; readonly dims: readonly number[] },
) => OrtTensor;

/**
 * Whether this browser lets a program read a GPU's memory while it waits. Tried on a device of its own: Chromium 150 without a
 * GPU destroys the devices of a page that draws WebGPU's canvas.
 */
export async function readsSynchronously(): Promise<boolean> {
  if (typeof OffscreenCanvas === "undefined") return false;
  const gpu = await requestDevice();
  if (!gpu) return false;
  const works = new CanvasReader(gpu).works();
  if (!works) await recovery(gpu);
  gpu.destroy();
  return works;
}

async function requestDevice(): Promise<GPUDevice | undefined> {
  try {
    return await (await navigator.gpu.requestAdapter())?.requestDevice();
  } catch {
    return undefined;
  }
}

/** Waits until the browser has noticed the loss of a device and has an adapter again, but not for ever. */
async function recovery(gpu: GPUDevice): Promise<void> {
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  await Promise.race([gpu.lost, pause(1000)]);
  for (let i = 0; i < 50 && !(await navigator.gpu.requestAdapter()); i++) await pause(100);
}

/** The GPU of onnxruntime-web as the memory of variables. */
export class WebGpuDevice implements Device {
  readonly #reader: CanvasReader;
  #lost: GPUDeviceLostInfo | undefined;

  constructor(
    readonly gpu: GPUDevice,
    readonly wrap: WrapBuffer,
  ) {
    this.#reader = new CanvasReader(gpu);
    void gpu.lost.then((info) => {
      this.#lost = info;
    });
  }

  canHold({ elementType, shape }: Value): boolean {
    const bytes = 4 * sizeOf(shape);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    const isKind = elementType === "float32" || elementType === "int32";
    return isKind && bytes > 0 && bytes <= Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  async allocate(value: Value): Promise<WebGpuArray> {
    const { gpu } = this;
    // onnxruntime's kernels bind whole vectors of four.
    const size = 16 * Math.ceil(sizeOf(value.shape) / 4);
    // A buffer that could not be made looks like any other, and ignores what is written to it.
    gpu.pushErrorScope("out-of-memory");
    gpu.pushErrorScope("validation");
    const buffer = gpu.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    const errors = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
    const error = errors.find((each) => each !== null);
    if (error || this.#lost) {
      buffer.destroy();
      throw new ExecutorError(
        `jit: the GPU has no memory for the ${size} bytes of a variable: ${error?.message ?? this.#lost?.message}`,
      );
    }
    return new WebGpuArray(this, value, buffer);
  }

  async read(buffer: GPUBuffer): Promise<ArrayBuffer> {
    const { gpu } = this;
    const { size } = buffer;
    const staging = gpu.createBuffer({ size, usage: MAP_READ | COPY_DST });
    try {
      const commands = gpu.createCommandEncoder();
      commands.copyBufferToBuffer(buffer, 0, staging, 0, size);
      gpu.queue.submit([commands.finish()]);
      await staging.mapAsync(MAP_READ);
      return staging.getMappedRange().slice(0);
    } catch (error) {
      throw this.#lostError(error);
    } finally {
      staging.destroy();
    }
  }

  readSync(buffer: GPUBuffer): ArrayBuffer {
    if (this.#lost) throw this.#lostError(this.#lost);
    return this.#reader.read(buffer, buffer.size).buffer;
  }

  #lostError(cause: unknown): JitError {
    const { message } = this.#lost ?? (cause as Error);
    return new JitError(
      `jit: a variable cannot be read from the GPU: ${message}; if the GPU was lost, the values since the last read are, and a ` +
        "new page has to load saved ones",
      { cause },
    );
  }
}

/** Memory of one variable on the GPU. */
export class WebGpuArray implements OrtDeviceArray {
  /** The memory as an input or output of sessions. */
  readonly tensor: OrtTensor;

  constructor(
    readonly device: WebGpuDevice,
    readonly value: Value,
    readonly buffer: GPUBuffer,
  ) {
    this.tensor = device.wrap(buffer, { dataType: value.elementType, dims: value.shape });
  }

  async read(): Promise<HostArray> {
    return this.#values(await this.device.read(this.buffer));
  }

  readSync(): HostArray {
    return this.#values(this.device.readSync(this.buffer));
  }

  write(values: HostArray): void {
    this.device.gpu.queue.writeBuffer(this.buffer, 0, values as Float32Array<ArrayBuffer>);
  }

  free(): void {
    this.buffer.destroy();
  }

  #values(bytes: ArrayBuffer): HostArray {
    const { elementType, shape } = this.value;
    return new (elementType === "int32" ? Int32Array : Float32Array)(bytes, 0, sizeOf(shape));
  }
}
