import * as tf from "@tensorflow/tfjs-core";

/**
 * The wasm backend multiplies matrices with XNNPACK's vector code only if neither factor is transposed. Otherwise, as
 * in every gradient of a dense layer, it uses a loop over scalars. These wrappers transpose first. A training step of
 * the dense VAE then takes a fifth of the time (bench/wasm-matmul.mjs).
 */
const BACKEND = "wasm";

interface MatMulInputs {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

type Backend = Parameters<tf.KernelFunc>[0]["backend"] & { disposeData(dataId: object): boolean };

/** A kernel result is one TensorInfo for every kernel called here. */
function run(name: string, backend: Backend, inputs: Record<string, tf.TensorInfo>, attrs: object): tf.TensorInfo {
  const kernel = tf.getKernel(name, BACKEND);
  return kernel.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo;
}

function transposeLast(x: tf.TensorInfo, backend: Backend): tf.TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return run("Transpose", backend, { x }, { perm });
}

const elements = (x: tf.TensorInfo): number => x.shape.reduce((size, axis) => size * axis, 1);

const sameBatch = (a: tf.TensorInfo, b: tf.TensorInfo): boolean =>
  a.shape.slice(0, -2).join() === b.shape.slice(0, -2).join();

/**
 * Computes a b^T, a^T b or a^T b^T by untransposed products and transposes as few numbers as possible. `canSwap`: the
 * kernel computes nothing after the product, so its result may be computed transposed.
 */
function transposeFirst(stock: tf.KernelFunc, canSwap: boolean): tf.KernelFunc {
  return ({ inputs, backend: anyBackend, attrs }) => {
    const backend = anyBackend as Backend;
    const { a, b } = inputs as unknown as MatMulInputs;
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    if ((!transposeA && !transposeB) || a.dtype !== "float32" || b.dtype !== "float32") {
      return stock({ inputs, backend, attrs });
    }
    const owned: tf.TensorInfo[] = [];
    const own = (x: tf.TensorInfo) => {
      owned.push(x);
      return x;
    };
    const plain = { ...attrs, transposeA: false, transposeB: false };

    // a b^T = (b a^T)^T: with a small batch in a and a weight matrix in b, the second form moves less.
    const resultElements = (elements(a) / a.shape.at(-1)!) * b.shape.at(-2)!;
    const swaps = canSwap && !transposeA && sameBatch(a, b) && elements(a) + resultElements < elements(b);
    let result: tf.TensorInfo;
    if (swaps) {
      const left = own(transposeLast(a, backend));
      const product = own(stock({ inputs: { a: b, b: left }, backend, attrs: plain }) as tf.TensorInfo);
      result = transposeLast(product, backend);
    } else {
      const left = transposeA ? own(transposeLast(a, backend)) : a;
      const right = transposeB ? own(transposeLast(b, backend)) : b;
      result = stock({ inputs: { ...inputs, a: left, b: right }, backend, attrs: plain }) as tf.TensorInfo;
    }
    for (const x of owned) backend.disposeData(x.dataId);
    return result;
  };
}

const wrapped = new WeakSet<tf.KernelFunc>();

/**
 * Accelerates matrix products of the tfjs wasm backend that have a transposed factor, and makes wasm the active
 * backend.
 * Products are the same up to rounding. Further calls have no effect. The program must import
 * `@tensorflow/tfjs-backend-wasm`.
 *
 * @throws Error if the wasm backend is not imported or does not start.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-wasm";
 * await useFastWasm();
 * ```
 */
export async function useFastWasm(): Promise<void> {
  if (tf.findBackendFactory(BACKEND) == null) {
    throw new Error('useFastWasm: no wasm backend; add `import "@tensorflow/tfjs-backend-wasm"` to the program');
  }
  for (const name of ["BatchMatMul", "_FusedMatMul"] as const) {
    const stock = tf.getKernel(name, BACKEND);
    if (wrapped.has(stock.kernelFunc)) continue;
    const kernelFunc = transposeFirst(stock.kernelFunc, name === "BatchMatMul");
    wrapped.add(kernelFunc);
    tf.unregisterKernel(name, BACKEND);
    tf.registerKernel({ ...stock, kernelFunc });
  }
  if (!(await tf.setBackend(BACKEND))) throw new Error("useFastWasm: the wasm backend did not start");
}
