import { JitError } from "../errors.js";

/** Bits of the specification, which TypeScript's library does not have. */
const BUFFER_COPY_SRC = 4;
const BUFFER_COPY_DST = 8;
const TEXTURE_COPY_DST = 2;

/** Elements in a row of the canvas, and rows; the first row is the mark. */
const WIDTH = 1024;
const MOST_ROWS = 4096;

/**
 * Reads the memory of a GPU while the caller waits, as `variable.dataSync()` must: WebGPU itself has only promises. Four
 * bytes are one pixel of a canvas. An opaque canvas preserves red, green and blue, one with transparency preserves alpha, so
 * each part is drawn twice.
 *
 * Some browsers draw nothing (Chromium's WebGPU in software without Vulkan for its compositor), or change pixels against
 * the recognition of devices. Each picture therefore has a first row of known numbers.
 */
export class CanvasReader {
  readonly #mark: GPUBuffer;
  readonly #expected: Uint8Array;

  constructor(readonly device: GPUDevice) {
    // A generator of Lehmer: all values of a byte occur.
    let state = 1;
    const numbers = Uint32Array.from({ length: WIDTH }, () => {
      state = (state * 48271) % 2147483647;
      return state * 2;
    });
    this.#expected = new Uint8Array(numbers.buffer);
    this.#mark = device.createBuffer({ size: 4 * WIDTH, usage: BUFFER_COPY_SRC | BUFFER_COPY_DST });
    device.queue.writeBuffer(this.#mark, 0, numbers);
  }

  /** Whether it works in this browser. */
  works(): boolean {
    try {
      this.read(this.#mark, 4 * WIDTH);
      return true;
    } catch {
      return false;
    }
  }

  /** The first `bytes` of a buffer, a multiple of 4. @throws JitError if the canvas does not show the known numbers. */
  read(buffer: GPUBuffer, bytes: number): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(bytes);
    const most = 4 * WIDTH * (MOST_ROWS - 1);
    for (let start = 0; start < bytes; start += most) {
      this.#readPart(buffer, start, result.subarray(start, start + most));
    }
    return result;
  }

  #readPart(buffer: GPUBuffer, start: number, target: Uint8Array): void {
    const opaque = this.#draw(buffer, start, target.length, "opaque");
    const alpha = this.#draw(buffer, start, target.length, "premultiplied");
    // In the words of 32 bits of the pixels alpha is the last byte.
    const byteOf = (i: number) => ((i & 3) === 3 ? alpha[i]! : opaque[i]!);
    const { length } = this.#expected;
    for (let i = 0; i < length; i++) {
      if (byteOf(i) !== this.#expected[i]) {
        throw new JitError(
          "jit: the GPU was lost, or this browser does not let a canvas show its memory; await variable.data() instead of " +
            "reading it by dataSync()",
        );
      }
    }
    for (let i = 0; i < target.length; i++) target[i] = byteOf(i + length);
  }

  /** The pixels of a picture of the mark and, from the second row on, of a part of the buffer. */
  #draw(buffer: GPUBuffer, start: number, bytes: number, alphaMode: GPUCanvasAlphaMode): Uint8ClampedArray {
    const { device } = this;
    const bytesPerRow = 4 * WIDTH;
    const whole = Math.floor(bytes / bytesPerRow);
    const rest = (bytes - whole * bytesPerRow) / 4;
    const rows = 1 + whole + (rest > 0 ? 1 : 0);
    const canvas = new OffscreenCanvas(WIDTH, rows);
    // TypeScript's library has no context of this name.
    const context = canvas.getContext("webgpu") as unknown as GPUCanvasContext;
    context.configure({ device, format: "rgba8unorm", usage: TEXTURE_COPY_DST, alphaMode });
    const texture = context.getCurrentTexture();
    const commands = device.createCommandEncoder();
    commands.copyBufferToTexture({ buffer: this.#mark, bytesPerRow }, { texture }, [WIDTH, 1]);
    if (whole > 0) {
      commands.copyBufferToTexture({ buffer, offset: start, bytesPerRow }, { texture, origin: [0, 1] }, [WIDTH, whole]);
    }
    if (rest > 0) {
      const offset = start + whole * bytesPerRow;
      commands.copyBufferToTexture({ buffer, offset }, { texture, origin: [0, 1 + whole] }, [rest, 1]);
    }
    device.queue.submit([commands.finish()]);
    const picture = new OffscreenCanvas(WIDTH, rows).getContext("2d", { willReadFrequently: true })!;
    picture.globalCompositeOperation = "copy";
    picture.drawImage(canvas, 0, 0);
    context.unconfigure();
    return picture.getImageData(0, 0, WIDTH, rows).data;
  }
}
